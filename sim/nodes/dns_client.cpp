// See dns_client.hpp.
#include "nodes/dns_client.hpp"

#include "nodes/resolver.hpp"

namespace postopolis::nodes {
namespace {

constexpr Duration kStubTimeout = Duration::seconds(5); // resolv.conf(5)
constexpr int kStubTries = 2;

std::string_view result_text(const dns::Question& question, const dns::Response& response) {
    return response.is_nodata(question) ? "NODATA" : dns::to_string(response.rcode);
}

} // namespace

void PendingAnswers::arrived(std::unique_ptr<DnsResponsePayload> answer) {
    auto found = waits_.find(answer->number);
    if (found == waits_.end()) return;
    Wait& wait = *found->second;
    waits_.erase(found);
    wait.disarm();
    wait.answer_ = std::move(answer);
    std::exchange(wait.waiter_, {}).resume();
}

kernel::Task<std::optional<dns::Response>> DnsClient::look_up(dns::Question question, trace::EventId cause) {
    const Time start = host_.now();
    std::optional<dns::Response> result;
    bool from_cache = false;
    const std::string& resolver_name = host_.config().asks_resolver;
    MailHost* server = host_.world().host(resolver_name);
    if (server == &host_ && host_.resolver() != nullptr) {
        Resolver::Resolved resolved = co_await host_.resolver()->resolve(question);
        result = std::move(resolved.response);
        from_cache = resolved.from_cache;
    } else if (server != nullptr) {
        for (int attempt = 0; attempt < kStubTries && !result; ++attempt) {
            const std::uint32_t number = pending_.new_number();
            auto query = std::make_unique<DnsQueryPayload>(number, question);
            query->recursive = true;
            query->cause = cause;
            host_.send_datagram(server->address(), std::move(query), dns::wire_size(question));
            std::unique_ptr<DnsResponsePayload> answer = co_await pending_.wait(host_, number, kStubTimeout);
            if (!answer) continue;
            result = std::move(answer->response);
            from_cache = answer->from_cache;
        }
    }
    const std::string asked(question.name.text());
    const std::string type = dns::to_string(question.type);
    trace::LookedUp told{host_.name(), resolver_name, asked, type,
                         result ? result_text(question, *result) : std::string_view("timeout"), from_cache,
                         host_.now() - start};
    host_.tell(cause, told);
    co_return result;
}

} // namespace postopolis::nodes
