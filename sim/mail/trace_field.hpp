// Writing of trace fields: one function writes each, into a string or into a counter, so that the size which was
// promised is the size which is rendered.
#pragma once

#include "mail/chars.hpp"
#include "postopolis/mail/message.hpp"

#include <array>
#include <charconv>

namespace postopolis::mail {

class StringSink {
public:
    explicit StringSink(std::string& out) : out_(out) {}
    void put(std::string_view text) { out_ += text; }
    void put(const Address& address) { append_text(out_, address); }
    void put(Date date) { append_rfc5322_text(out_, date); }
    /// Text from outside: each control character becomes a space, so that it cannot begin a line of its own.
    void put_value(std::string_view text) {
        for (const char c : text)
            out_ += is_control(c) ? ' ' : c;
    }

private:
    std::string& out_;
};

class CountingSink {
public:
    void put(std::string_view text) { size_ += text.size(); }
    void put(const Address& address) { size_ += text_size(address); }
    void put(Date) { size_ += rfc5322_date_size; }
    void put_value(std::string_view text) { size_ += text.size(); }
    std::uint64_t size() const { return size_; }

private:
    std::uint64_t size_ = 0;
};

template<class Sink>
void put_path(Sink& sink, const AddressPtr& address) {
    sink.put("<");
    if (address) sink.put(*address);
    sink.put(">");
}

/// A Received field, whoever keeps its texts.
struct ReceivedView {
    std::string_view helo, name, ip, by, id;
    Protocol with;
    const AddressPtr& recipient;
    Date date;
};

std::string_view view(const SharedText& text) {
    return text ? std::string_view(*text) : std::string_view();
}

ReceivedView view(const Received& field) {
    return {view(field.from_helo), view(field.from_name), view(field.from_ip), view(field.by),
            field.id,              field.with,            field.recipient,     field.date};
}

/// The texts of a hop that are made from numbers.
class HopTexts {
public:
    HopTexts(std::uint32_t ip, std::uint64_t id) {
        char* at = literal_.data();
        *at++ = '[';
        for (unsigned shift = 32; shift > 0;) {
            shift -= 8;
            at = std::to_chars(at, literal_.data() + literal_.size(), ip >> shift & 255U).ptr;
            *at++ = shift > 0 ? '.' : ']';
        }
        literal_size_ = static_cast<std::size_t>(at - literal_.data());
        for (std::size_t i = id_.size(); i-- > 0; id >>= 4U)
            id_[i] = "0123456789ABCDEF"[id & 15U];
    }
    std::string_view literal() const { return {literal_.data(), literal_size_}; } ///< "[192.0.2.1]"
    std::string_view ip() const { return literal().substr(1, literal_size_ - 2); }
    std::string_view id() const { return {id_.data(), id_.size()}; }

private:
    std::array<char, 17> literal_;
    std::array<char, 10> id_;
    std::size_t literal_size_;
};

ReceivedView view(const Passage& passage, const HopTexts& texts, Protocol with, const AddressPtr& recipient,
                  std::int64_t unix_nanoseconds) {
    const std::string_view name = view(passage.from_name);
    return {name.empty() ? texts.literal() : name,
            name,
            texts.ip(),
            view(passage.by),
            texts.id(),
            with,
            recipient,
            {unix_nanoseconds, 0}};
}

/// "from HELO (NAME [IP])": RFC 5321 section 4.4, From-domain and TCP-info.
template<class Sink>
void put_from(Sink& sink, const ReceivedView& field) {
    if (field.helo.empty() && field.ip.empty()) return;
    sink.put("from ");
    sink.put_value(!field.helo.empty() ? field.helo : "unknown");
    if (field.ip.empty()) return sink.put(" ");
    sink.put(" (");
    if (!field.name.empty()) {
        sink.put_value(field.name);
        sink.put(" ");
    }
    sink.put(field.ip.find(':') == std::string_view::npos ? "[" : "[IPv6:");
    sink.put_value(field.ip);
    sink.put("])\r\n\t");
}

template<class Sink>
void put_field(Sink& sink, const ReceivedView& field) {
    sink.put("Received: ");
    put_from(sink, field);
    sink.put("by ");
    sink.put_value(!field.by.empty() ? field.by : "unknown");
    if (field.with != Protocol::unsaid) {
        sink.put(" with ");
        sink.put(protocol_name(field.with));
    }
    if (!field.id.empty()) {
        sink.put(" id ");
        sink.put_value(field.id);
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
void put_field(Sink& sink, const Received& field) {
    put_field(sink, view(field));
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
    sink.put_value(field.name);
    sink.put(": ");
    sink.put_value(field.body);
    sink.put("\r\n");
}

} // namespace postopolis::mail
