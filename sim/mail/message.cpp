// Messages: content with the trace fields that were prepended. See mail/trace_list.hpp.
#include "postopolis/mail/message.hpp"

#include "mail/trace_list.hpp"

#include <array>

namespace postopolis::mail {

Content::~Content() = default;
std::string Content::message_id() const {
    return {};
}
std::string Content::subject() const {
    return {};
}
int Content::received_count() const {
    return 0;
}
bool Content::eight_bit() const {
    return false;
}
bool Content::auto_submitted() const {
    return false;
}
AddressPtr Content::author() const {
    return nullptr;
}
AddressPtr Content::reply_to() const {
    return nullptr;
}
std::vector<AddressPtr> Content::addressees() const {
    return {};
}
std::vector<std::string> Content::references() const {
    return {};
}
std::optional<Quote> Content::quote() const {
    return std::nullopt;
}

void Content::render_headers(std::string& out) const {
    const std::size_t begin = out.size();
    render(out);
    if (out.compare(begin, 2, "\r\n") == 0) return out.resize(begin);
    const std::size_t empty_line = out.find("\r\n\r\n", begin);
    if (empty_line != std::string::npos) out.resize(empty_line + 2);
}

std::string_view protocol_name(Protocol protocol) {
    constexpr std::array<std::string_view, 10> names{"",        "SMTP", "ESMTP", "ESMTPS", "ESMTPA",
                                                     "ESMTPSA", "LMTP", "LMTPS", "LMTPA",  "LMTPSA"};
    return names[static_cast<std::size_t>(protocol)];
}

std::uint64_t size_of(const TraceField& field) {
    CountingSink sink;
    std::visit([&](const auto& kind) { put_field(sink, kind); }, field);
    return sink.size();
}

void append_field(std::string& out, const TraceField& field) {
    StringSink sink(out);
    std::visit([&](const auto& kind) { put_field(sink, kind); }, field);
}

Received received(const Hop& hop) {
    const HopTexts texts(hop.from_ip, hop.id);
    const auto text = [](std::string_view t) { return std::make_shared<const std::string>(t); };
    Received field;
    field.from_name = hop.passage->from_name;
    field.from_helo = field.from_name ? field.from_name : text(texts.literal());
    field.from_ip = text(texts.ip());
    field.by = hop.passage->by;
    field.with = hop.with;
    field.id = texts.id();
    field.recipient = hop.recipient;
    field.date = {hop.unix_nanoseconds, 0};
    return field;
}

void TracePtr::share(TraceList* list) noexcept {
    list->owners.fetch_add(1, std::memory_order_relaxed);
}
void TracePtr::release(TraceList* list) noexcept {
    if (list->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    std::destroy_n(list->entries(), list->count);
    list->~TraceList();
    ::operator delete(list);
}

Message::Message(ContentPtr content) : content_(std::move(content)) {}

Message Message::prepended(TraceField field) const {
    Message longer(content_);
    longer.trace_ = TracePtr(TraceList::with(trace_, std::move(field)));
    return longer;
}

Message Message::passed(const Hop& hop) const {
    Message longer(content_);
    longer.trace_ = TracePtr(TraceList::with(trace_, hop));
    return longer;
}

Message Message::filed(const AddressPtr& recipient, const AddressPtr& reverse_path) const {
    Message longer(content_);
    longer.trace_ = TracePtr(TraceList::filed(trace_, recipient, reverse_path));
    return longer;
}

Message Message::with(ContentPtr content) const {
    Message other(std::move(content));
    other.trace_ = trace_;
    return other;
}

std::uint64_t Message::size() const {
    return content_->size() + (trace_ ? trace_->size : 0);
}
int Message::received_count() const {
    return content_->received_count() + (trace_ ? static_cast<int>(trace_->received) : 0);
}

void Message::render(std::string& out) const {
    out.reserve(out.size() + size());
    if (trace_) trace_->render(out);
    content_->render(out);
}

std::string Message::render_headers() const {
    std::string out;
    if (trace_) trace_->render(out);
    content_->render_headers(out);
    return out;
}

std::string Message::text() const {
    std::string out;
    render(out);
    return out;
}

std::vector<TraceField> Message::trace() const {
    return trace_ ? trace_->fields() : std::vector<TraceField>();
}

} // namespace postopolis::mail
