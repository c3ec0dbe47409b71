// Names of languages and types. See the header.
#include "postopolis/mail/presentation.hpp"

#include "mail/chars.hpp"

#include <array>
#include <utility>

namespace postopolis::mail {
namespace {

constexpr std::array<std::string_view, language_count> tags{"en", "de", "fr", "es", "ru", "ja", "zh"};

/// As IANA has registered them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 17> types{{
    {"pdf", "application/pdf"},
    {"zip", "application/zip"},
    {"gz", "application/gzip"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"txt", "text/plain"},
    {"csv", "text/csv"},
    {"ics", "text/calendar"},
    {"png", "image/png"},
    {"gif", "image/gif"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"svg", "image/svg+xml"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
}};

} // namespace

std::string_view language_tag(Language language) {
    return tags[static_cast<std::size_t>(language)];
}

std::optional<Language> parse_language(std::string_view tag) {
    for (std::size_t i = 0; i < tags.size(); ++i)
        if (same_text(tag, tags[i])) return static_cast<Language>(i);
    return std::nullopt;
}

std::string_view usual_type(std::string_view file_name) {
    const std::size_t dot = file_name.rfind('.');
    if (dot != std::string_view::npos)
        for (const auto& [ending, type] : types)
            if (same_text(file_name.substr(dot + 1), ending)) return type;
    return "application/octet-stream";
}

} // namespace postopolis::mail
