// The replies of a server that depend on its configuration alone.
#include "postopolis/smtp/server.hpp"

namespace postopolis::smtp {
namespace {

ServerConfig normalized(ServerConfig config) {
    config.extensions.smtputf8 = false;
    config.extensions.binarymime = config.extensions.binarymime && config.extensions.chunking;
    if (!config.extended) config.extensions = {};
    if (config.extensions.size) config.extensions.size = config.max_message_size;
    return config;
}

} // namespace

ServerProfile::ServerProfile(ServerConfig config) : config_(normalized(std::move(config))) {
    const auto& host = config_.host_name;
    // No enhanced codes in the greeting and in replies to EHLO and HELO (RFC 2034 section 4).
    greeting_ = make_reply(220, config_.greeting.empty() ? host : host + " " + config_.greeting);
    closing_ = spoken(make_reply(221, {2, 0, 0}, host + " Service closing transmission channel"));
    ehlo_ = std::make_shared<const Reply>(make_ehlo({}, false));
    // A profile is made for nearly each session of a host that is not busy: what is the same, or rarely said, is not made.
    const bool differs = config_.extensions.starttls || config_.auth_needs_tls;
    ehlo_tls_ = differs ? std::make_shared<const Reply>(make_ehlo({}, true)) : ehlo_;
    if (!config_.extended) helo_ = make_reply(250, host);
}

Reply ServerProfile::make_ehlo(std::string_view client, bool tls) const {
    Extensions offered = config_.extensions;
    if (tls) offered.starttls = false; // RFC 3207 section 4.2
    if (!tls && config_.auth_needs_tls) offered.auth = {};
    const std::string greeting = client.empty() ? std::string() : "greets " + std::string(client);
    return ehlo_reply(config_.host_name, greeting, offered);
}

ReplyPtr ServerProfile::ehlo(std::string_view client, bool tls) const {
    if (config_.greets_client) return std::make_shared<const Reply>(make_ehlo(client, tls));
    return tls ? ehlo_tls_ : ehlo_;
}

ReplyPtr ServerProfile::helo(std::string_view client) const {
    if (config_.greets_client) return make_reply(250, config_.host_name + " greets " + std::string(client));
    return helo_ ? helo_ : make_reply(250, config_.host_name);
}

ReplyPtr ServerProfile::spoken(ReplyPtr reply) const {
    return config_.extensions.enhanced_status_codes ? std::move(reply) : without_enhanced(reply);
}

} // namespace postopolis::smtp
