// Keeping what belongs to selected letters, and for a while what may.
#include "metrics/story_record.hpp"

#include "metrics/tls_words.hpp"

#include <algorithm>

namespace postopolis::metrics {
namespace {

constexpr std::size_t kBystanders = 1024;
constexpr std::size_t kClosedDialogues = 256;
constexpr std::size_t kUtterances = 2000; // of one connection
constexpr std::size_t kContentKept = 400; // octets of message content
constexpr std::size_t kOutages = 10'000;

bool same(std::string_view a, std::string_view b) {
    return mail::same_domain(a, b);
}

} // namespace

Tale* StoryRecord::tale(LetterId id) {
    const auto found = tales.find(id);
    return found == tales.end() ? nullptr : &found->second;
}
const Tale* StoryRecord::tale(LetterId id) const {
    const auto found = tales.find(id);
    return found == tales.end() ? nullptr : &found->second;
}

LetterId StoryRecord::owner(const trace::What& what) const {
    if (const LetterId letter = letter_of(what); letter != 0) return letter;
    for (CopyId id : copies_of(what))
        if (const auto found = owners.find(id); found != owners.end()) return found->second;
    return 0;
}

void StoryRecord::name_copies(Tale& tale, std::span<const CopyId> copies,
                              std::span<const mail::AddressPtr> names) {
    for (std::size_t i = 0; i < copies.size(); ++i) {
        owners[copies[i]] = tale.id;
        if (i >= names.size() || !names[i]) continue;
        recipients[copies[i]] = names[i];
        tale.recipients.insert(names[i]->text());
        tale.domains.insert(mail::to_lower_domain(names[i]->domain));
    }
}

void StoryRecord::compose(const trace::Event& e, const trace::Composed& c, bool follow) {
    Tale& tale = tales[c.letter];
    tale.number = letters_composed;
    tale.id = c.letter;
    tale.author = e.node;
    tale.sender = c.sender ? c.sender->text() : std::string();
    name_copies(tale, c.copies, c.recipients);
    if (follow)
        tales[c.about].reports.push_back(c.letter);
    else
        selected.push_back(c.letter);
    nodes.insert(e.node);
    ledger.on_event(e);
    tale.composed = told(e);
    tale.events.push_back(tale.composed);
    event_owners[e.id] = tale.id;
}

void StoryRecord::keep(const trace::Event& e, Tale& tale) {
    ledger.on_event(e);
    event_owners[e.id] = tale.id;
    if (const auto* p = std::get_if<trace::Passed>(&e.what)) adopt(tale, e, *p);
    if (const auto* a = std::get_if<trace::Accepted>(&e.what)) {
        hosts.emplace(a->host);
        nodes.insert(e.node);
        if (const auto found = dialogues.find(a->connection); found != dialogues.end())
            pin(found->second, tale);
    }
    if (const auto* d = std::get_if<trace::Delivered>(&e.what)) hosts.emplace(d->host);
    if (const auto* x = std::get_if<trace::Expanded>(&e.what)) name_copies(tale, x->into, x->recipients);
    if (const auto* d = std::get_if<trace::Doubted>(&e.what)) {
        for (std::size_t i = 0; i < d->renamed.size() && i < d->copies.size(); ++i) {
            owners[d->renamed[i]] = tale.id;
            recipients[d->renamed[i]] = recipients[d->copies[i]];
        }
    }
    tale.events.push_back(told(e));
}

bool StoryRecord::concerns(const Tale& tale, std::string_view name) const {
    if (name.ends_with('.')) name.remove_suffix(1);
    for (const std::string& domain : tale.domains) {
        if (same(name, domain)) return true;
        if (name.size() > domain.size() && name[name.size() - domain.size() - 1] == '.' &&
            same(name.substr(name.size() - domain.size()), domain))
            return true;
    }
    return false;
}

void StoryRecord::adopt(Tale& tale, const trace::Event& e, const trace::Passed& p) {
    using Stage = trace::Passed::Stage;
    const auto by_holder = [&](std::string_view host, trace::NodeId node) {
        return same(host, p.from) || (p.stage == Stage::submission && node == tale.author);
    };
    const auto in_time = [&](Time t) { return t >= p.begin && t <= e.time; };
    for (auto b = bystanders.begin(); b != bystanders.end();) {
        const trace::Event& other = b->event();
        bool ours = false;
        if (const auto* l = std::get_if<trace::LookedUp>(&other.what))
            ours = by_holder(l->host, other.node) && (concerns(tale, l->question) || same(l->question, p.to));
        else if (const auto* f = std::get_if<trace::ConnectFailed>(&other.what))
            ours = by_holder(f->client, other.node) && (concerns(tale, f->server) || same(f->server, p.to));
        if (ours && in_time(other.time)) {
            event_owners[other.id] = tale.id;
            tale.events.push_back(*b);
            b = bystanders.erase(b);
        } else {
            ++b;
        }
    }
    if (p.stage != Stage::submission && p.stage != Stage::transfer && p.stage != Stage::pickup) return;
    Dialogue* last = nullptr;
    for (auto& [id, d] : dialogues) {
        const bool ends_match =
            p.stage == Stage::pickup
                ? same(d.client, p.to) && same(d.server, p.from)
                : same(d.server, p.to) && (same(d.client, p.from) || (p.stage == Stage::submission &&
                                                                      trace::node_of(id) == tale.author));
        if (!ends_match || !in_time(d.opened)) continue;
        if (d.connected.kept && d.connected.event().cause != 0) continue; // for a letter that is known
        if (last == nullptr || d.opened >= last->opened) last = &d;
    }
    // Several may have run between the same two hosts meanwhile: what was said, if heard, tells them apart.
    if (last != nullptr && last->said.empty()) pin(*last, tale);
    if (last != nullptr && !last->said.empty() && last->by_envelope == 0 && last->mail_from.empty())
        pin(*last, tale);
}

void StoryRecord::pin(Dialogue& d, Tale& tale) {
    d.pinned = true;
    if (!tale.connections.insert(d.id).second) return;
    if (d.connected.kept) {
        event_owners[d.connected.event().id] = tale.id;
        tale.events.push_back(d.connected);
    }
}

void StoryRecord::stand_by(const trace::Event& e) {
    if (const auto* d = std::get_if<trace::Disconnected>(&e.what)) return hang_up(d->connection);
    if (std::holds_alternative<trace::HostWentDown>(e.what) ||
        std::holds_alternative<trace::HostCameUp>(e.what)) {
        if (outages.size() < kOutages) outages.push_back(told(e));
        return;
    }
    const auto* connected = std::get_if<trace::Connected>(&e.what);
    const auto* looked_up = std::get_if<trace::LookedUp>(&e.what);
    const auto* failed = std::get_if<trace::ConnectFailed>(&e.what);
    if (connected == nullptr && looked_up == nullptr && failed == nullptr) return;
    const auto cause = event_owners.find(e.cause);
    Tale* leads_from = cause == event_owners.end() ? nullptr : tale(cause->second);
    const std::string_view host = connected != nullptr   ? connected->client
                                  : looked_up != nullptr ? looked_up->host
                                                         : failed->client;
    const bool near = nodes.contains(e.node) || hosts.contains(host) ||
                      (connected != nullptr && hosts.contains(connected->server));
    if (leads_from == nullptr && !near) return;
    if (connected != nullptr) {
        Dialogue& d = dialogues[connected->connection];
        d.id = connected->connection;
        d.connected = told(e);
        d.opened = e.time;
        d.client = connected->client;
        d.server = connected->server;
        if (leads_from != nullptr) pin(d, *leads_from);
        return;
    }
    if (leads_from != nullptr) {
        event_owners[e.id] = leads_from->id;
        leads_from->events.push_back(told(e));
        return;
    }
    if (e.cause != 0) return; // another letter's
    bystanders.push_back(told(e));
    if (bystanders.size() > kBystanders) bystanders.pop_front();
}

void StoryRecord::hear(const trace::Event& e, const trace::Spoke& s) {
    if (tales.empty()) return;
    auto found = dialogues.find(s.connection);
    if (found == dialogues.end()) {
        if (!hosts.contains(s.from) && !hosts.contains(s.to) && tale(s.letter) == nullptr) return;
        Dialogue d;
        d.id = s.connection;
        d.opened = e.time;
        d.client = s.by_client ? s.from : s.to;
        d.server = s.by_client ? s.to : s.from;
        found = dialogues.emplace(s.connection, std::move(d)).first;
    }
    Dialogue& d = found->second;
    if (s.data) {
        if (Tale* t = tale(s.letter)) pin(d, *t);
        // The envelope looked like ours, the content is another letter's.
        if (s.letter != 0 && s.letter != d.by_envelope) d.by_envelope = 0;
    } else if (s.by_client) {
        std::string_view rest = s.bytes;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find("\r\n"), rest.size());
            read_envelope(d, rest.substr(0, end));
            rest.remove_prefix(std::min(end + 2, rest.size()));
        }
    }
    if (d.said.size() >= kUtterances) {
        ++d.unsaid;
        return;
    }
    Utterance u{e.time, s.by_client, s.data, s.letter, s.bytes.size(), 0, {}};
    u.lines = static_cast<std::uint64_t>(std::count(s.bytes.begin(), s.bytes.end(), '\n'));
    u.bytes = s.data ? s.bytes.substr(0, kContentKept) : s.bytes;
    if (is_tls_handshake(s.bytes)) u.bytes = tls_words(s.bytes);
    d.said.push_back(std::move(u));
}

void StoryRecord::read_envelope(Dialogue& d, std::string_view line) {
    const auto path_after = [&](std::string_view verb) -> std::optional<std::string> {
        if (line.size() < verb.size() || !same(line.substr(0, verb.size()), verb)) return std::nullopt;
        const std::size_t open = line.find('<'), close = line.find('>');
        if (open == std::string_view::npos || close == std::string_view::npos || close < open)
            return std::string();
        return std::string(line.substr(open + 1, close - open - 1));
    };
    if (const auto sender = path_after("MAIL FROM:")) {
        close_transaction(d);
        d.mail_from = "<" + *sender + ">";
    } else if (const auto recipient = path_after("RCPT TO:")) {
        for (const auto& [id, t] : tales)
            if (d.by_envelope == 0 && d.mail_from == "<" + t.sender + ">" &&
                t.recipients.contains(*recipient))
                d.by_envelope = id;
    } else if (path_after("QUIT") || path_after("RSET")) {
        close_transaction(d);
    }
}

/// A transaction that ended without content, at a refusal: its envelope is all there is to go by.
void StoryRecord::close_transaction(Dialogue& d) {
    if (Tale* t = tale(d.by_envelope)) pin(d, *t);
    d.by_envelope = 0;
    d.mail_from.clear();
}

void StoryRecord::hang_up(ConnectionId id) {
    const auto found = dialogues.find(id);
    if (found == dialogues.end()) return;
    close_transaction(found->second);
    found->second.closed = true;
    if (found->second.pinned) return;
    closed.push_back(id);
    if (closed.size() <= kClosedDialogues) return;
    const auto oldest = dialogues.find(closed.front());
    closed.pop_front();
    if (oldest != dialogues.end() && !oldest->second.pinned) dialogues.erase(oldest);
}

} // namespace postopolis::metrics
