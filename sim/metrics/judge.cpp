// What the judge listens for: no more than the expectations ask about.
#include "postopolis/metrics/judge.hpp"

#include <algorithm>
#include <utility>

namespace postopolis::metrics {

namespace {

using trace::Accepted, trace::Composed, trace::CopyId, trace::Deferred, trace::Delivered, trace::Doubted,
    trace::Expanded, trace::LetterKind, trace::What;

template<std::size_t... I>
std::size_t kind_of(std::string_view name, std::index_sequence<I...>) {
    std::size_t found = std::variant_size_v<What>;
    ((std::variant_alternative_t<I, What>::kName == name ? void(found = I) : void()), ...);
    return found;
}

/// Whether the event was at a host of this name: the one that tells it, or either end of what it connects.
template<class E>
bool at_host(const E& e, std::string_view pattern) {
    if constexpr (requires { e.host; })
        return scenario::matches(pattern, e.host);
    else if constexpr (requires { e.by; })
        return scenario::matches(pattern, e.by);
    else if constexpr (requires { e.client; })
        return scenario::matches(pattern, e.client) || scenario::matches(pattern, e.server);
    else if constexpr (requires { e.from; })
        return scenario::matches(pattern, e.from) || scenario::matches(pattern, e.to);
    else
        return pattern == "*";
}

std::string address_text(const mail::AddressPtr& address) {
    return address ? address->text() : std::string();
}

} // namespace

Judge::Judge(const scenario::Scenario& scenario, std::shared_ptr<const std::vector<trace::LetterId>> letters)
    : scenario_(scenario), letters_(std::move(letters)) {
    for (const scenario::Expectation& expectation : scenario.expect) {
        if (const auto* e = std::get_if<scenario::ExpectEvent>(&expectation.what)) {
            const std::size_t kind =
                kind_of(e->event, std::make_index_sequence<std::variant_size_v<trace::What>>{});
            counted_.push_back({e, kind, 0});
            if (kind < std::variant_size_v<trace::What>) mask_ |= trace::KindMask{1} << kind;
            keeps_recipients_ = keeps_recipients_ || !e->to.empty();
        } else if (const auto* total = std::get_if<scenario::ExpectTotal>(&expectation.what)) {
            if (total->of == "connections") mask_ |= trace::kinds<trace::Connected>();
        } else if (const auto* letter = std::get_if<scenario::ExpectLetter>(&expectation.what)) {
            watched_.push_back(letter->letter);
            mask_ |= trace::kinds<trace::Composed, trace::Accepted, trace::Deferred, trace::Delivered,
                                  trace::Expanded, trace::Doubted>();
        }
    }
    if (keeps_recipients_) mask_ |= trace::kinds<trace::Composed, trace::Expanded, trace::Doubted>();
}

void Judge::on_event(const trace::Event& event) {
    if (keeps_recipients_) keep_recipients(event.what);
    for (Counted& c : counted_)
        if (c.kind == event.what.index()) count(c, event.what);
    if (!watched_.empty()) follow(event.what);
    if (std::holds_alternative<trace::Connected>(event.what)) ++connections_;
}

bool Judge::watched(trace::LetterId letter) const {
    return std::any_of(watched_.begin(), watched_.end(), [&](std::size_t i) {
        return i < letters_->size() && (*letters_)[i] == letter && letter != 0;
    });
}

void Judge::keep_recipients(const trace::What& what) {
    if (const auto* c = std::get_if<Composed>(&what)) {
        for (std::size_t i = 0; i < c->copies.size(); ++i)
            recipients_[c->copies[i]] = address_text(c->recipients[i]);
    } else if (const auto* x = std::get_if<Expanded>(&what)) {
        for (std::size_t i = 0; i < x->into.size(); ++i)
            recipients_[x->into[i]] = address_text(x->recipients[i]);
    } else if (const auto* d = std::get_if<Doubted>(&what)) {
        for (std::size_t i = 0; i < d->copies.size() && i < d->renamed.size(); ++i)
            recipients_[d->renamed[i]] = recipients_[d->copies[i]];
    }
}

void Judge::count(Counted& c, const trace::What& what) const {
    auto to_matches = [&](CopyId copy) {
        const auto found = recipients_.find(copy);
        return found != recipients_.end() && scenario::matches(c.expected->to, found->second);
    };
    const bool counts = std::visit(
        [&](const auto& e) {
            if (!c.expected->host.empty() && !at_host(e, c.expected->host)) return false;
            if (c.expected->to.empty()) return true;
            if constexpr (requires { e.copies; })
                return std::any_of(e.copies.begin(), e.copies.end(), to_matches);
            else if constexpr (requires { e.copy; })
                return to_matches(e.copy);
            else
                return false;
        },
        what);
    if (counts) ++c.count;
}

void Judge::follow(const trace::What& what) {
    if (const auto* a = std::get_if<Accepted>(&what)) {
        if (!watched(a->letter)) return;
        for (CopyId copy : a->copies)
            ways_[copy].push_back({std::string(a->host), 0});
    } else if (const auto* f = std::get_if<Deferred>(&what)) {
        if (!watched(f->letter)) return;
        // Put off by the author's own program, the letter has come by no server yet.
        for (CopyId copy : f->copies)
            if (Way& way = ways_[copy]; !way.empty() && way.back().host == f->host) ++way.back().deferrals;
    } else if (const auto* d = std::get_if<Delivered>(&what)) {
        if (!watched(d->letter)) return;
        if (Way& way = ways_[d->copy]; way.empty() || way.back().host != d->host)
            way.push_back({std::string(d->host), 0});
    } else if (const auto* x = std::get_if<Expanded>(&what)) {
        if (!watched(x->letter)) return;
        const Way way = ways_[x->copy];
        for (CopyId copy : x->into)
            ways_[copy] = way;
    } else if (const auto* o = std::get_if<Doubted>(&what)) {
        if (!watched(o->letter)) return;
        for (std::size_t i = 0; i < o->copies.size() && i < o->renamed.size(); ++i) {
            // The client goes on from where it is, whatever became of what it offered.
            Way way = ways_[o->copies[i]];
            while (!way.empty() && way.back().host != o->host)
                way.pop_back();
            ways_[o->renamed[i]] = std::move(way);
        }
    } else if (const auto* c = std::get_if<Composed>(&what)) {
        if (c->kind == LetterKind::bounce && c->message != nullptr && watched(c->about))
            reports_[c->letter] = c->message->text();
    }
}

} // namespace postopolis::metrics
