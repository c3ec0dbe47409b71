// What of each event goes into the fingerprint: everything that says what became of mail.
#include "postopolis/trace/fingerprint.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "postopolis/kernel/random.hpp"

namespace postopolis::trace {
namespace {

__extension__ using Uint128 = unsigned __int128;

/// Eight octets a multiplication (folded to 64 bits, as in wyhash): this is done for every event of every run.
class Hasher {
public:
    explicit Hasher(std::uint64_t state) : state_(state) {}
    void add(std::uint64_t x) {
        const Uint128 product = static_cast<Uint128>(state_ ^ x ^ 0xa0761d6478bd642fU) * 0xe7037ed1a0b428dbU;
        state_ = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    }
    void add(Duration d) { add(static_cast<std::uint64_t>(d.count())); }
    void add(Time t) { add(t.since_start()); }
    void add(std::string_view s) {
        add(std::uint64_t{s.size()});
        for (; s.size() >= 8; s.remove_prefix(8)) add(word(s));
        if (!s.empty()) add(word(s));
    }
    void add(const mail::AddressPtr& a) {
        if (!a) return add(std::uint64_t{0});
        add(a->local);
        add(a->domain);
    }
    void add(std::span<const CopyId> ids) {
        add(std::uint64_t{ids.size()});
        for (CopyId id : ids) add(id);
    }
    void add(const Account& account) { // mostly zeros
        std::uint64_t present = 0;
        for (std::size_t i = 0; i < kCauses; ++i) {
            const Duration spent = account.spent(static_cast<Cause>(i));
            if (spent == Duration()) continue;
            present |= std::uint64_t{1} << i;
            add(spent);
        }
        add(present);
    }
    void add(const Reason& r) {
        add(std::uint64_t{r.code});
        add(r.enhanced);
        add(r.text);
    }
    template <class First, class... Rest>
    void all(const First& first, const Rest&... rest) {
        add(first);
        (add(rest), ...);
    }
    std::uint64_t state() const { return state_; }

private:
    /// The first octets, at most eight, the same on every machine.
    static std::uint64_t word(std::string_view s) {
        std::uint64_t w = 0;
        if constexpr (std::endian::native == std::endian::little) {
            std::memcpy(&w, s.data(), std::min<std::size_t>(s.size(), 8));
        } else {
            for (std::size_t i = 0; i < s.size() && i < 8; ++i)
                w |= std::uint64_t{static_cast<unsigned char>(s[i])} << (8 * i);
        }
        return w;
    }
    std::uint64_t state_;
};

template <class E>
std::uint64_t number(E e) {
    return static_cast<std::uint64_t>(e);
}

void hash(Hasher& h, const Composed& c) {
    h.all(c.letter, number(c.kind), c.about, c.sender, c.subject, c.message_id, c.size, c.copies);
    for (const mail::AddressPtr& r : c.recipients) h.add(r);
    for (RecipientKind k : c.kinds) h.add(number(k));
}
void hash(Hasher& h, const Passed& p) { h.all(number(p.stage), p.copies, p.begin, p.spent, p.from, p.to); }
void hash(Hasher& h, const Accepted& a) {
    h.all(a.letter, a.copies, a.host, a.queue_id, a.from_host, a.connection, number(a.hops));
}
void hash(Hasher& h, const Deferred& d) {
    h.all(d.letter, d.copies, d.host, d.remote, d.reason, number(d.backoff), d.next_try, number(d.attempts));
}
void hash(Hasher& h, const Delivered& d) { h.all(d.letter, d.copy, number(d.junk), d.host, d.mailbox); }
void hash(Hasher& h, const Fetched& f) { h.all(f.letter, f.copy, f.mailbox, number(f.left_on_server)); }
void hash(Hasher& h, const Bounced& b) { h.all(b.letter, b.copies, b.host, b.reason, b.report); }
void hash(Hasher& h, const Warned& w) { h.all(w.letter, w.copies, w.host, w.report); }
void hash(Hasher& h, const Rejected& r) { h.all(r.letter, r.copies, r.by, r.reason); }
void hash(Hasher& h, const Discarded& d) { h.all(d.letter, d.copies, d.by, d.why); }
void hash(Hasher& h, const Lost& l) { h.all(l.letter, l.copies, l.by, l.why); }
void hash(Hasher& h, const Expanded& x) {
    h.all(x.letter, x.copy, x.by, x.into);
    for (const mail::AddressPtr& r : x.recipients) h.add(r);
}
void hash(Hasher& h, const Doubted& d) { h.all(d.letter, d.copies, d.renamed, d.begin, d.host, d.remote); }
void hash(Hasher& h, const Connected& c) {
    h.all(c.connection, c.client, c.server, std::uint64_t{c.client_address}, std::uint64_t{c.server_address},
          std::uint64_t{c.client_port}, std::uint64_t{c.server_port}, c.took);
}
void hash(Hasher& h, const ConnectFailed& c) {
    h.all(c.connection, c.client, c.server, std::uint64_t{c.server_port}, c.why, c.took);
}
void hash(Hasher& h, const Disconnected& d) { h.all(d.connection, d.how); }
void hash(Hasher&, const Spoke&) {}
void hash(Hasher& h, const LookedUp& l) {
    h.all(l.host, l.resolver, l.question, l.type, l.result, number(l.from_cache), l.took);
}
void hash(Hasher& h, const HostWentDown& d) { h.all(d.host, number(d.queue_lost)); }
void hash(Hasher& h, const HostCameUp& u) { h.add(u.host); }

} // namespace

void Fingerprint::on_event(const Event& event) {
    if (nodes_.size() <= event.node) nodes_.resize(event.node + 1);
    Hasher h(nodes_[event.node]);
    h.add(event.what.index());
    h.add(event.time);
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
