// The trace fields of one message, in one block of memory.
#pragma once

#include "mail/trace_field.hpp"

#include <atomic>
#include <memory>
#include <new>

namespace postopolis::mail {

/// One field of a list: a hop, or any field with all that it says.
struct TraceEntry {
    std::shared_ptr<const void> what; ///< A Passage of a hop, a TraceField otherwise.
    std::int64_t unix_nanoseconds = 0;
    std::uint64_t id = 0;
    std::uint32_t ip = 0;
    Protocol with = Protocol::unsaid;
    bool is_hop = false;
    bool says_recipient = false; ///< The list's, after "for".

    const TraceField& field() const { return *static_cast<const TraceField*>(what.get()); }
};

/// All fields of a message in one block, which is copied when one is added: lists are short, as a hop limit sees to.
/// The newest field is the last entry; Return-Path and Delivered-To of a filed message stand above them.
struct TraceList {
    std::atomic<std::uint32_t> owners{1};
    std::uint32_t size = 0; ///< Octets of all fields.
    std::uint16_t received = 0;
    std::uint16_t count = 0;
    std::uint16_t recipient_size = 0; ///< Octets of the recipient as a text.
    bool is_filed = false;
    AddressPtr recipient; ///< Which hops name after "for", and to which it was delivered.
    AddressPtr reverse_path;

    TraceEntry* entries() { return reinterpret_cast<TraceEntry*>(this + 1); }
    const TraceEntry* entries() const { return reinterpret_cast<const TraceEntry*>(this + 1); }

    /// A list of its own with what `before` has, and room for `more`.
    static TraceList* longer(const TracePtr& before, std::size_t more) {
        const std::size_t old = before ? before->count : 0;
        void* memory = ::operator new(sizeof(TraceList) + (old + more) * sizeof(TraceEntry));
        auto* list = new (memory) TraceList;
        if (!before) return list;
        list->size = before->size;
        list->received = before->received;
        list->recipient_size = before->recipient_size;
        list->is_filed = before->is_filed;
        list->recipient = before->recipient;
        list->reverse_path = before->reverse_path;
        for (std::size_t i = 0; i < old; ++i)
            list->add(before->entries()[i]);
        return list;
    }
    void add(TraceEntry entry) {
        new (entries() + count) TraceEntry(std::move(entry));
        ++count;
    }
    void add_whole(TraceField field) {
        TraceEntry entry;
        entry.what = std::make_shared<const TraceField>(std::move(field));
        add(std::move(entry));
    }
    /// What stands above the entries becomes entries, as something will stand above it.
    void unfile() {
        if (!is_filed) return;
        is_filed = false;
        add_whole(DeliveredTo{recipient});
        add_whole(ReturnPath{std::exchange(reverse_path, nullptr)});
    }
    bool takes(const AddressPtr& address) {
        if (!recipient) {
            recipient = address;
            recipient_size = static_cast<std::uint16_t>(text_size(*address));
        }
        return same(recipient, address);
    }

    /// Entries that become necessary when something is put above what stands above them.
    static std::size_t hidden(const TracePtr& before) { return before && before->is_filed ? 2 : 0; }
    static bool same(const AddressPtr& a, const AddressPtr& b) {
        return a == b || (a->local == b->local && a->domain == b->domain);
    }

    static TraceList* with(const TracePtr& before, TraceField field) {
        TraceList* list = longer(before, 1 + hidden(before));
        list->unfile();
        list->size += static_cast<std::uint32_t>(size_of(field));
        list->received = static_cast<std::uint16_t>(list->received + (std::holds_alternative<Received>(field) ? 1 : 0));
        list->add_whole(std::move(field));
        return list;
    }
    static TraceList* with(const TracePtr& before, const Hop& hop) {
        TraceList* list = longer(before, 1 + hidden(before));
        list->unfile();
        ++list->received;
        if (hop.recipient && !list->takes(hop.recipient)) {
            Received field = mail::received(hop);
            list->size += static_cast<std::uint32_t>(size_of(field));
            list->add_whole(std::move(field));
            return list;
        }
        CountingSink sink;
        const HopTexts texts(hop.from_ip, hop.id);
        static const AddressPtr kNobody;
        put_field(sink, view(*hop.passage, texts, hop.with, kNobody, hop.unix_nanoseconds));
        // "; " instead of a folded line, "for" and the recipient.
        list->size += static_cast<std::uint32_t>(sink.size()) +
                      (hop.recipient ? list->recipient_size + 9U + 2U - 4U : 0U);
        list->add({hop.passage, hop.unix_nanoseconds, hop.id, hop.from_ip, hop.with, true, hop.recipient != nullptr});
        return list;
    }
    static TraceList* filed(const TracePtr& before, const AddressPtr& recipient, const AddressPtr& reverse_path) {
        const bool other = recipient == nullptr || (before && before->recipient && !same(before->recipient, recipient));
        TraceList* list = longer(before, (other ? 2 : 0) + hidden(before));
        list->unfile();
        CountingSink sink;
        put_field(sink, ReturnPath{reverse_path});
        if (!other && list->takes(recipient)) {
            sink.put("Delivered-To: \r\n");
            list->size += static_cast<std::uint32_t>(sink.size()) + list->recipient_size;
            list->is_filed = true;
            list->reverse_path = reverse_path;
            return list;
        }
        const DeliveredTo delivered{recipient};
        put_field(sink, delivered);
        list->size += static_cast<std::uint32_t>(sink.size());
        list->add_whole(delivered);
        list->add_whole(ReturnPath{reverse_path});
        return list;
    }

    void render(std::string& out) const {
        StringSink sink(out);
        if (is_filed) {
            put_field(sink, ReturnPath{reverse_path});
            put_field(sink, DeliveredTo{recipient});
        }
        for (std::size_t i = count; i-- > 0;) {
            const TraceEntry& entry = entries()[i];
            if (entry.is_hop)
                put_field(sink, mail::received(hop(entry)));
            else
                append_field(out, entry.field());
        }
    }
    std::vector<TraceField> fields() const {
        std::vector<TraceField> all;
        if (is_filed) {
            all.emplace_back(ReturnPath{reverse_path});
            all.emplace_back(DeliveredTo{recipient});
        }
        for (std::size_t i = count; i-- > 0;) {
            const TraceEntry& entry = entries()[i];
            all.push_back(entry.is_hop ? TraceField(mail::received(hop(entry))) : entry.field());
        }
        return all;
    }
    Hop hop(const TraceEntry& entry) const {
        return {std::static_pointer_cast<const Passage>(entry.what),
                entry.ip,
                entry.with,
                entry.id,
                entry.says_recipient ? recipient : nullptr,
                entry.unix_nanoseconds};
    }
};
static_assert(sizeof(TraceList) % alignof(TraceEntry) == 0);

} // namespace postopolis::mail
