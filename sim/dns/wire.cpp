// Encoding and decoding of whole messages; see wire.hpp for what is promised about hostile octets.
#include "postopolis/dns/wire.hpp"

#include <utility>

#include "dns/wire_writer.hpp"

namespace postopolis::dns {
namespace {

constexpr std::uint16_t class_in = 1;
constexpr Type type_opt{41}; // RFC 6891: its class and TTL fields mean something else
// A name has at most 127 labels, so an honest one needs no more pointers; a chain of pointers to pointers
// would only cost time.
constexpr int most_pointers = 127;

class Reader {
public:
    explicit Reader(std::span<const std::uint8_t> octets) : octets_(octets) {}

    bool ok() const { return error_.what.empty(); }
    const DecodeError& error() const { return error_; }
    std::size_t position() const { return at_; }
    bool at_end() const { return at_ == octets_.size(); }

    void fail(std::size_t position, std::string_view what) {
        if (ok()) error_ = {position, what};
    }
    std::uint8_t u8() {
        if (!need(1)) return 0;
        return octets_[at_++];
    }
    std::uint16_t u16() {
        if (!need(2)) return 0;
        at_ += 2;
        return static_cast<std::uint16_t>(octets_[at_ - 2] << 8 | octets_[at_ - 1]);
    }
    std::uint32_t u32() {
        const std::uint32_t high = u16();
        return high << 16 | u16();
    }
    std::span<const std::uint8_t> take(std::size_t count) {
        if (!need(count)) return {};
        at_ += count;
        return octets_.subspan(at_ - count, count);
    }
    Name name();

private:
    bool need(std::size_t count) {
        if (ok() && octets_.size() - at_ >= count) return true;
        fail(at_, "the message ends too early");
        return false;
    }

    std::span<const std::uint8_t> octets_;
    std::size_t at_ = 0;
    DecodeError error_;
};

Name Reader::name() {
    std::string text;
    std::size_t total = 1;
    std::size_t segment = at_;         // where the labels being read started: pointers go before it
    std::optional<std::size_t> resume; // behind the first pointer
    int pointers = 0;
    while (ok()) {
        const std::size_t here = at_;
        const std::uint8_t length = u8();
        if (!ok() || length == 0) break;
        if ((length & 0xc0) == 0xc0) {
            const std::size_t target = static_cast<std::size_t>(length & 0x3f) << 8 | u8();
            if (!resume) resume = at_;
            if (ok() && (target >= segment || ++pointers > most_pointers))
                fail(here, "a compression pointer does not point backwards");
            segment = at_ = ok() ? target : at_;
            continue;
        }
        if (length > max_label_octets) {
            fail(here, "an unknown kind of label");
            break;
        }
        const auto label = take(length);
        total += 1U + length;
        if (total > max_name_octets) fail(here, "a name is longer than 255 octets");
        if (!text.empty()) text += '.';
        append_label(text, std::string(label.begin(), label.end()));
    }
    if (!ok()) return {};
    at_ = resume.value_or(at_);
    return text.empty() ? Name() : Name::literal(text); // checked above: it cannot fail
}

std::shared_ptr<const Soa> read_soa(Reader& reader) {
    auto soa = std::make_shared<Soa>();
    soa->primary = reader.name();
    soa->mailbox = reader.name();
    for (std::uint32_t* field : {&soa->serial, &soa->refresh, &soa->retry, &soa->expire, &soa->minimum})
        *field = reader.u32();
    return soa;
}

Strings read_strings(Reader& reader, std::size_t end) {
    Strings strings;
    while (reader.ok() && (strings.empty() || reader.position() < end)) {
        const auto octets = reader.take(reader.u8());
        strings.emplace_back(octets.begin(), octets.end());
    }
    return strings;
}

template<class Address>
Address read_address(Reader& reader) {
    Address address;
    for (std::uint8_t& octet : address.octets)
        octet = reader.u8();
    return address;
}

Data read_data(Reader& reader, Type type, std::size_t end) {
    switch (type) {
    case Type::a:
        return read_address<Ipv4>(reader);
    case Type::aaaa:
        return read_address<Ipv6>(reader);
    case Type::cname:
    case Type::ns:
    case Type::ptr:
        return reader.name();
    case Type::mx: {
        const std::uint16_t preference = reader.u16();
        return Mx{preference, reader.name()};
    }
    case Type::soa:
        return read_soa(reader);
    case Type::txt:
        return read_strings(reader, end);
    }
    const auto octets = reader.take(end - reader.position());
    return Octets(octets.begin(), octets.end());
}

/// Reads one record; nothing for an OPT record, which is no data.
std::optional<Record> read_record(Reader& reader) {
    Record record;
    record.name = reader.name();
    record.type = static_cast<Type>(reader.u16());
    const std::size_t class_at = reader.position();
    const std::uint16_t record_class = reader.u16();
    const std::uint32_t ttl = reader.u32();
    record.ttl = ttl > 0x7fffffff ? 0 : ttl; // RFC 2181 section 8
    const std::size_t length_at = reader.position();
    const std::size_t length = reader.u16();
    if (record.type == type_opt) {
        reader.take(length);
        return std::nullopt;
    }
    if (record_class != class_in) reader.fail(class_at, "a class other than IN");
    const std::size_t end = reader.position() + length;
    record.data = read_data(reader, record.type, end);
    if (reader.position() != end) reader.fail(length_at, "record data of another length than announced");
    return record;
}

void read_section(Reader& reader, unsigned count, std::vector<Record>& section) {
    for (unsigned i = 0; i < count && reader.ok(); ++i) {
        std::optional<Record> record = read_record(reader);
        if (record && reader.ok()) section.push_back(std::move(*record));
    }
}

std::uint16_t pack_flags(const Header& header) {
    const unsigned flags =
        unsigned{header.response} << 15 | (header.opcode & 15U) << 11 | unsigned{header.authoritative} << 10 |
        unsigned{header.truncated} << 9 | unsigned{header.recursion_desired} << 8 |
        unsigned{header.recursion_available} << 7 | (static_cast<unsigned>(header.rcode) & 15U);
    return static_cast<std::uint16_t>(flags);
}

void unpack_flags(std::uint16_t flags, Header& header) {
    header.response = flags >> 15 & 1;
    header.opcode = static_cast<std::uint8_t>(flags >> 11 & 15);
    header.authoritative = flags >> 10 & 1;
    header.truncated = flags >> 9 & 1;
    header.recursion_desired = flags >> 8 & 1;
    header.recursion_available = flags >> 7 & 1;
    header.rcode = static_cast<Rcode>(flags & 15);
}

} // namespace

Message make_query(std::uint16_t id, const Question& question) {
    Message message;
    message.header.id = id;
    message.header.recursion_desired = true;
    message.questions = {question};
    return message;
}

Message make_response(std::uint16_t id, const Question& question, const Response& response,
                      bool recursion_available) {
    Message message = make_query(id, question);
    message.header.response = true;
    message.header.authoritative = response.authoritative;
    message.header.recursion_available = recursion_available;
    message.header.rcode = response.rcode;
    message.answers = response.answers;
    message.authority = response.authority;
    message.additional = response.additional;
    return message;
}

Response to_response(Message message) {
    return {message.header.rcode, message.header.authoritative, std::move(message.answers),
            std::move(message.authority), std::move(message.additional)};
}

std::optional<Octets> encode(const Message& message) {
    Writer<OctetSink> writer;
    OctetSink& sink = writer.sink();
    const auto sections = {&message.answers, &message.authority, &message.additional};
    sink.u16(message.header.id);
    sink.u16(pack_flags(message.header));
    if (message.questions.size() > 65535) return std::nullopt;
    sink.u16(static_cast<std::uint16_t>(message.questions.size()));
    for (const auto* section : sections) {
        if (section->size() > 65535) return std::nullopt;
        sink.u16(static_cast<std::uint16_t>(section->size()));
    }
    for (const Question& question : message.questions)
        writer.question(question);
    for (const auto* section : sections) {
        for (const Record& record : *section) {
            if (!fits(record.type, record.data)) return std::nullopt;
            writer.record(record);
        }
    }
    if (sink.position() > 65535) // what TCP's length field can tell (RFC 1035 section 4.2.2)
        return std::nullopt;
    return sink.take();
}

std::optional<Message> decode(std::span<const std::uint8_t> octets, DecodeError* error) {
    Reader reader(octets);
    Message message;
    message.header.id = reader.u16();
    unpack_flags(reader.u16(), message.header);
    const unsigned questions = reader.u16();
    const unsigned answers = reader.u16();
    const unsigned authority = reader.u16();
    const unsigned additional = reader.u16();
    for (unsigned i = 0; i < questions && reader.ok(); ++i) {
        Question question{reader.name(), static_cast<Type>(reader.u16())};
        const std::size_t class_at = reader.position();
        if (reader.u16() != class_in) reader.fail(class_at, "a class other than IN");
        message.questions.push_back(std::move(question));
    }
    read_section(reader, answers, message.answers);
    read_section(reader, authority, message.authority);
    read_section(reader, additional, message.additional);
    if (!reader.at_end()) reader.fail(reader.position(), "octets after the last record");
    if (reader.ok()) return message;
    if (error) *error = reader.error();
    return std::nullopt;
}

} // namespace postopolis::dns
