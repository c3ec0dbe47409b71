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

DnsClient::Answer DnsClient::known(const dns::Question& question, trace::EventId cause) {
    Resolver* own = host_.resolver();
    if (own == nullptr || !mail::same_domain(host_.resolver_name(), host_.name())) return nullptr;
    Answer answer = own->cached(question);
    if (answer) tell(question, answer.get(), true, host_.now(), cause);
    return answer;
}

kernel::Task<DnsClient::Answer> DnsClient::look_up(dns::Question question, trace::EventId cause) {
    const Time start = host_.now();
    Answer result;
    bool from_cache = false;
    MailHost* server = host_.config().asks_itself ? &host_ : host_.world().host(host_.resolver_name());
    if (server == &host_ && host_.resolver() != nullptr) {
        dns::Response response = co_await host_.resolver()->ask(question, cause);
        result = std::make_shared<const dns::Response>(std::move(response));
    } else if (server != nullptr) {
        for (int attempt = 0; attempt < kStubTries && !result; ++attempt) {
            const std::uint32_t number = pending_.new_number();
            auto query = std::make_unique<DnsQueryPayload>(number, question);
            query->recursive = true;
            query->cause = cause;
            host_.send_datagram(server->address(), std::move(query), dns::wire_size(question));
            std::unique_ptr<DnsResponsePayload> answer = co_await pending_.wait(host_, number, kStubTimeout);
            if (!answer) continue;
            result = std::make_shared<const dns::Response>(std::move(answer->response));
            from_cache = answer->from_cache;
        }
    }
    tell(question, result.get(), from_cache, start, cause);
    co_return result;
}

void DnsClient::tell(const dns::Question& question, const dns::Response* answer, bool from_cache, Time start,
                     trace::EventId cause) const {
    const std::string type = dns::to_string(question.type);
    const std::string_view result = answer != nullptr ? result_text(question, *answer) : std::string_view("timeout");
    trace::LookedUp told{host_.name(), host_.resolver_name(), question.name.text(), type, result, from_cache,
                         host_.now() - start};
    host_.tell(cause, told);
}

} // namespace postopolis::nodes
