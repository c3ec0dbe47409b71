// Writes a DNS message to a sink: octets for encode(), a mere count for wire_size(). One writer for both, so
// that the size is exact by construction.
//
// Names are compressed against every earlier name of the message at an offset that a pointer can express
// (RFC 1035 section 4.1.4); RFC 3597 section 4 allows that in the types of RFC 1035 only, which are all
// those with names here. The texts written must outlive the writer: the table refers to them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "postopolis/dns/wire.hpp"

namespace postopolis::dns {

class CountSink {
public:
    std::size_t position() const { return position_; }
    void u8(std::uint8_t) { ++position_; }
    void u16(std::uint16_t) { position_ += 2; }
    void u32(std::uint32_t) { position_ += 4; }
    template<class Range>
    void octets(const Range& range) {
        position_ += range.size();
    }
    void patch16(std::size_t, std::uint16_t) {}

private:
    std::size_t position_ = 0;
};

class OctetSink {
public:
    std::size_t position() const { return octets_.size(); }
    void u8(std::uint8_t value) { octets_.push_back(value); }
    void u16(std::uint16_t value) {
        u8(static_cast<std::uint8_t>(value >> 8));
        u8(static_cast<std::uint8_t>(value & 0xff));
    }
    void u32(std::uint32_t value) {
        u16(static_cast<std::uint16_t>(value >> 16));
        u16(static_cast<std::uint16_t>(value & 0xffff));
    }
    template<class Range>
    void octets(const Range& range) {
        std::transform(range.begin(), range.end(), std::back_inserter(octets_),
                       [](auto octet) { return static_cast<std::uint8_t>(octet); });
    }
    void patch16(std::size_t at, std::uint16_t value) {
        octets_[at] = static_cast<std::uint8_t>(value >> 8);
        octets_[at + 1] = static_cast<std::uint8_t>(value & 0xff);
    }
    Octets take() { return std::move(octets_); }

private:
    Octets octets_;
};

template<class Sink>
class Writer {
public:
    Sink& sink() { return sink_; }

    void question(const Question& question) {
        name(question.name);
        sink_.u16(static_cast<std::uint16_t>(question.type));
        sink_.u16(1); // IN
    }

    void record(const Record& record) {
        name(record.name);
        sink_.u16(static_cast<std::uint16_t>(record.type));
        sink_.u16(1);
        sink_.u32(record.ttl);
        const std::size_t length_at = sink_.position();
        sink_.u16(0);
        std::visit([this](const auto& value) { this->data(value); }, record.data);
        sink_.patch16(length_at, static_cast<std::uint16_t>(sink_.position() - length_at - 2));
    }

    void name(const Name& name) {
        std::string_view rest = name.is_root() ? std::string_view() : name.text();
        while (!rest.empty()) {
            const auto known = std::find_if(suffixes_.begin(), suffixes_.end(),
                                            [rest](const auto& entry) { return entry.first == rest; });
            if (known != suffixes_.end()) {
                sink_.u16(static_cast<std::uint16_t>(0xc000U | known->second));
                return;
            }
            if (sink_.position() < 0x4000)
                suffixes_.emplace_back(rest, static_cast<std::uint16_t>(sink_.position()));
            take_label(rest, label_);
            sink_.u8(static_cast<std::uint8_t>(label_.size()));
            sink_.octets(label_);
        }
        sink_.u8(0);
    }

private:
    void data(const Ipv4& address) { sink_.octets(address.octets); }
    void data(const Ipv6& address) { sink_.octets(address.octets); }
    void data(const Name& target) { name(target); }
    void data(const Octets& octets) { sink_.octets(octets); }
    void data(const Mx& mx) {
        sink_.u16(mx.preference);
        name(mx.exchange);
    }
    void data(const Strings& strings) {
        for (const std::string& string : strings) {
            sink_.u8(static_cast<std::uint8_t>(string.size()));
            sink_.octets(string);
        }
    }
    void data(const std::shared_ptr<const Soa>& soa) {
        name(soa->primary);
        name(soa->mailbox);
        for (const std::uint32_t number : {soa->serial, soa->refresh, soa->retry, soa->expire, soa->minimum})
            sink_.u32(number);
    }

    Sink sink_;
    std::vector<std::pair<std::string_view, std::uint16_t>> suffixes_;
    std::string label_;
};

} // namespace postopolis::dns
