// What of each event goes into the fingerprint: everything that says what became of mail.
#include "postopolis/trace/fingerprint.hpp"

#include <bit>
#include <cstring>

#include "postopolis/kernel/random.hpp"

namespace postopolis::trace {
namespace {

__extension__ using Uint128 = unsigned __int128;

/// Sixteen octets a multiplication (folded to 64 bits, as in wyhash): this is done for every event of every run.
class Hasher {
public:
    explicit Hasher(std::uint64_t state) : state_(state) {}
    std::uint64_t state() const { return state_; }

    void add(std::uint64_t a, std::uint64_t b) {
        const Uint128 product = static_cast<Uint128>(a ^ 0xa0761d6478bd642fU) * (b ^ state_ ^ 0xe7037ed1a0b428dbU);
        state_ = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    }
    /// Its length, and all its octets; the last ones may be read twice.
    void add(std::string_view s) {
        const char* at = s.data();
        const std::uint64_t length = s.size() * 0x9e3779b97f4a7c15U;
        if (s.size() <= 16) return add_short(at, s.size(), length);
        const char* const last = at + s.size() - 16;
        for (; at < last; at += 16) add(word<8>(at), word<8>(at + 8));
        add(word<8>(last) ^ length, word<8>(last + 8));
    }
    void add(std::span<const CopyId> ids) {
        if (ids.size() == 1) return add(ids[0], 1);
        add(ids.size(), 0);
        for (CopyId id : ids) add(id, 1);
    }
    void add(const mail::Address& address) {
        add(address.local);
        add(address.domain);
    }
    void add(const mail::AddressPtr& address) {
        if (!address) return add(0, 0);
        add(*address);
    }
    void add(const Account& account) {
        for (std::size_t i = 0; i < kCauses; i += 2)
            add(number(account.spent(static_cast<Cause>(i))), number(account.spent(static_cast<Cause>(i + 1))));
    }
    void add(const Reason& r) {
        add(r.code, 0);
        add(r.enhanced);
        add(r.text);
    }
    template <class First, class... Rest>
    void all(const First& first, const Rest&... rest) {
        add(first);
        (add(rest), ...);
    }

    static std::uint64_t number(Duration d) { return static_cast<std::uint64_t>(d.count()); }
    static std::uint64_t number(Time t) { return number(t.since_start()); }

private:
    static_assert(kCauses % 2 == 0);

    void add_short(const char* s, std::size_t size, std::uint64_t length) {
        if (size >= 8) return add(word<8>(s) ^ length, word<8>(s + size - 8));
        if (size >= 4) return add(word<4>(s) ^ length, word<4>(s + size - 4));
        std::uint64_t w = 0;
        for (std::size_t i = 0; i < size; ++i) w = w << 8 | static_cast<unsigned char>(s[i]);
        add(w ^ length, 0);
    }
    /// The same on every machine.
    template <std::size_t kOctets>
    static std::uint64_t word(const char* s) {
        std::uint64_t w = 0;
        if constexpr (std::endian::native == std::endian::little) {
            std::memcpy(&w, s, kOctets);
        } else {
            for (std::size_t i = 0; i < kOctets; ++i) w |= std::uint64_t{static_cast<unsigned char>(s[i])} << (8 * i);
        }
        return w;
    }
    std::uint64_t state_;
};

template <class E>
std::uint64_t number(E e) {
    return static_cast<std::uint64_t>(e);
}
std::uint64_t number(Duration d) { return Hasher::number(d); }
std::uint64_t number(Time t) { return Hasher::number(t); }

void hash(Hasher& h, const Composed& c) {
    h.add(c.letter, c.about);
    h.add(c.size, number(c.kind) << 1 | (c.sender ? 1U : 0U));
    if (c.sender) h.add(*c.sender);
    h.all(c.subject, c.message_id, c.copies);
    for (const mail::AddressPtr& r : c.recipients) h.add(r);
    for (RecipientKind k : c.kinds) h.add(number(k), 0);
}
void hash(Hasher& h, const Passed& p) {
    h.add(number(p.begin), number(p.stage));
    h.all(p.copies, p.spent, p.from, p.to);
}
void hash(Hasher& h, const Accepted& a) {
    h.add(a.letter, a.connection);
    h.add(number(a.hops), 0);
    h.all(a.copies, a.host, a.queue_id, a.from_host);
}
void hash(Hasher& h, const Deferred& d) {
    h.add(d.letter, number(d.next_try));
    h.add(number(d.attempts), number(d.backoff));
    h.all(d.copies, d.host, d.remote, d.reason);
}
void hash(Hasher& h, const Delivered& d) {
    h.add(d.letter, d.copy);
    h.add(number(d.junk), 0);
    h.all(d.host, d.mailbox);
}
void hash(Hasher& h, const Fetched& f) {
    h.add(f.letter, f.copy);
    h.add(number(f.left_on_server), 0);
    h.add(f.mailbox);
}
void hash(Hasher& h, const Bounced& b) {
    h.add(b.letter, b.report);
    h.all(b.copies, b.host, b.reason);
}
void hash(Hasher& h, const Warned& w) {
    h.add(w.letter, w.report);
    h.all(w.copies, w.host);
}
void hash(Hasher& h, const Rejected& r) {
    h.add(r.letter, 0);
    h.all(r.copies, r.by, r.reason);
}
void hash(Hasher& h, const Discarded& d) {
    h.add(d.letter, 0);
    h.all(d.copies, d.by, d.why);
}
void hash(Hasher& h, const Lost& l) {
    h.add(l.letter, 0);
    h.all(l.copies, l.by, l.why);
}
void hash(Hasher& h, const Expanded& x) {
    h.add(x.letter, x.copy);
    h.all(x.by, x.into);
    for (const mail::AddressPtr& r : x.recipients) h.add(r);
}
void hash(Hasher& h, const Doubted& d) {
    h.add(d.letter, number(d.begin));
    h.all(d.copies, d.renamed, d.host, d.remote);
}
void hash(Hasher& h, const Connected& c) {
    h.add(c.connection, number(c.took));
    h.add(number(c.client_address) << 32 | c.server_address, number(c.client_port) << 16 | c.server_port);
    h.all(c.client, c.server);
}
void hash(Hasher& h, const ConnectFailed& c) {
    h.add(c.connection, number(c.took));
    h.add(c.server_port, 0);
    h.all(c.client, c.server, c.why);
}
void hash(Hasher& h, const Disconnected& d) {
    h.add(d.connection, 0);
    h.add(d.how);
}
void hash(Hasher&, const Spoke&) {}
void hash(Hasher&, const Transmitted&) {}
void hash(Hasher&, const SentDatagram&) {}
void hash(Hasher& h, const LookedUp& l) {
    h.add(number(l.took), number(l.from_cache));
    h.all(l.host, l.resolver, l.question, l.type, l.result);
}
void hash(Hasher& h, const HostWentDown& d) {
    h.add(number(d.queue_lost), 0);
    h.add(d.host);
}
void hash(Hasher& h, const HostCameUp& u) { h.add(u.host); }

} // namespace

void Fingerprint::on_event(const Event& event) {
    if (nodes_.size() <= event.node) nodes_.resize(event.node + 1);
    Hasher h(nodes_[event.node]);
    h.add(event.what.index(), number(event.time));
    std::visit([&](const auto& what) { hash(h, what); }, event.what);
    nodes_[event.node] = h.state();
}

std::uint64_t Fingerprint::value() const {
    std::uint64_t state = 0;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i] == 0) continue; // a node that told nothing, whether or not there is room for it
        state = kernel::hash_combine(kernel::hash_combine(state, i), nodes_[i]);
    }
    return state;
}

std::string Fingerprint::text() const {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    std::uint64_t v = value();
    for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[(v >> shift) & 15U];
    return out;
}

} // namespace postopolis::trace
