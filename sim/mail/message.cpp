// Trace fields and the list of them. One function writes each field, into a string or into a counter, so that
// the size which was promised is the size which is rendered.
#include "postopolis/mail/message.hpp"

#include "mail/chars.hpp"

#include <algorithm>
#include <array>

namespace postopolis::mail {
namespace {

class StringSink {
public:
    explicit StringSink(std::string& out) : out_(out) {}
    void put(std::string_view text) { out_ += text; }
    void put(const Address& address) { append_text(out_, address); }
    void put(Date date) { append_rfc5322_text(out_, date); }

private:
    std::string& out_;
};

class CountingSink {
public:
    void put(std::string_view text) { size_ += text.size(); }
    void put(const Address& address) { size_ += text_size(address); }
    void put(Date) { size_ += rfc5322_date_size; }
    std::uint64_t size() const { return size_; }

private:
    std::uint64_t size_ = 0;
};

/// Text from outside: each control character becomes a space, so that it cannot begin a line of its own.
template<class Sink>
void put_value(Sink& sink, std::string_view text) {
    for (;;) {
        const auto control = std::find_if(text.begin(), text.end(), is_control);
        const auto clean = static_cast<std::size_t>(control - text.begin());
        sink.put(text.substr(0, clean));
        if (clean == text.size()) return;
        sink.put(" ");
        text.remove_prefix(clean + 1);
    }
}

template<class Sink>
void put_path(Sink& sink, const AddressPtr& address) {
    sink.put("<");
    if (address) sink.put(*address);
    sink.put(">");
}

bool said(const SharedText& text) {
    return text && !text->empty();
}

/// "from HELO (NAME [IP])": RFC 5321 section 4.4, From-domain and TCP-info.
template<class Sink>
void put_from(Sink& sink, const Received& field) {
    if (!said(field.from_helo) && !said(field.from_ip)) return;
    sink.put("from ");
    put_value(sink, said(field.from_helo) ? *field.from_helo : "unknown");
    if (!said(field.from_ip)) return sink.put(" ");
    sink.put(" (");
    if (said(field.from_name)) {
        put_value(sink, *field.from_name);
        sink.put(" ");
    }
    sink.put(field.from_ip->find(':') == std::string::npos ? "[" : "[IPv6:");
    put_value(sink, *field.from_ip);
    sink.put("])\r\n\t");
}

template<class Sink>
void put_field(Sink& sink, const Received& field) {
    sink.put("Received: ");
    put_from(sink, field);
    sink.put("by ");
    put_value(sink, said(field.by) ? *field.by : "unknown");
    if (field.with != Protocol::unsaid) {
        sink.put(" with ");
        sink.put(protocol_name(field.with));
    }
    if (!field.id.empty()) {
        sink.put(" id ");
        put_value(sink, field.id);
    }
    if (field.recipient) {
        sink.put("\r\n\tfor ");
        put_path(sink, field.recipient);
    }
    sink.put(field.recipient ? "; " : ";\r\n\t");
    sink.put(field.date);
    sink.put("\r\n");
}

template<class Sink>
void put_field(Sink& sink, const ReturnPath& field) {
    sink.put("Return-Path: ");
    put_path(sink, field.reverse_path);
    sink.put("\r\n");
}

template<class Sink>
void put_field(Sink& sink, const DeliveredTo& field) {
    sink.put("Delivered-To: ");
    if (field.recipient) sink.put(*field.recipient);
    sink.put("\r\n");
}

template<class Sink>
void put_field(Sink& sink, const ExtraField& field) {
    put_value(sink, field.name);
    sink.put(": ");
    put_value(sink, field.body);
    sink.put("\r\n");
}

} // namespace

Content::~Content() = default;
std::string_view Content::message_id() const {
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

/// One prepended field, with the totals of itself and all below it. The hop limit keeps lists short, so that
/// they may be destroyed recursively.
struct TraceNode {
    TraceField field;
    std::uint64_t size;
    int received;
    std::shared_ptr<const TraceNode> next;

    TraceNode(TraceField a_field, std::uint64_t a_size, int a_received,
              std::shared_ptr<const TraceNode> a_next)
        : field(std::move(a_field)), size(a_size), received(a_received), next(std::move(a_next)) {}
};

Message::Message(ContentPtr content) : content_(std::move(content)) {}

Message Message::prepended(TraceField field) const {
    const std::uint64_t size = size_of(field) + (head_ ? head_->size : 0);
    const int received = (std::holds_alternative<Received>(field) ? 1 : 0) + (head_ ? head_->received : 0);
    Message longer(content_);
    longer.head_ = std::make_shared<const TraceNode>(std::move(field), size, received, head_);
    return longer;
}

std::uint64_t Message::size() const {
    return content_->size() + (head_ ? head_->size : 0);
}
int Message::received_count() const {
    return content_->received_count() + (head_ ? head_->received : 0);
}

void Message::render(std::string& out) const {
    out.reserve(out.size() + size());
    for (const TraceNode* node = head_.get(); node; node = node->next.get())
        append_field(out, node->field);
    content_->render(out);
}

std::string Message::render_headers() const {
    std::string out;
    for (const TraceNode* node = head_.get(); node; node = node->next.get())
        append_field(out, node->field);
    content_->render_headers(out);
    return out;
}

std::string Message::text() const {
    std::string out;
    render(out);
    return out;
}

std::vector<const TraceField*> Message::trace() const {
    std::vector<const TraceField*> fields;
    for (const TraceNode* node = head_.get(); node; node = node->next.get())
        fields.push_back(&node->field);
    return fields;
}

} // namespace postopolis::mail
