// What a StoryTeller has kept: the tale of each selected letter, and what may turn out to belong to one.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "metrics/kept_event.hpp"
#include "postopolis/metrics/story.hpp"
#include "postopolis/trace/ledger.hpp"

namespace postopolis::metrics {

using trace::ConnectionId;
using trace::CopyId;
using trace::EventId;
using trace::LetterId;
using trace::Time;

/// A kept event and its place in the order in which events were told.
struct Told {
    std::uint64_t order = 0;
    KeptPtr kept;
    const trace::Event& event() const { return kept->event(); }
};

struct Utterance {
    Time time; ///< of arrival
    bool by_client = false;
    bool data = false;
    LetterId letter = 0;
    std::uint64_t octets = 0;
    std::uint64_t lines = 0;
    std::string bytes; ///< of message content the beginning only
};

struct Dialogue {
    ConnectionId id = 0;
    Told connected; ///< empty if it was open before anybody listened
    Time opened;
    std::string client, server;
    std::vector<Utterance> said;
    std::uint64_t unsaid = 0; ///< utterances beyond the bound
    std::string mail_from;    ///< of the transaction under way
    LetterId by_envelope = 0; ///< whose letter it should be, as its envelope looks
    bool pinned = false;
    bool closed = false;
};

struct Tale {
    std::uint64_t number = 0;
    LetterId id = 0;
    trace::NodeId author = 0;
    Told composed;
    std::string sender;
    std::vector<Told> events;
    std::set<ConnectionId> connections;
    std::unordered_set<std::string> recipients; ///< asked, never iterated
    std::set<std::string, std::less<>> domains; ///< of the recipients, in lower case
    std::vector<LetterId> reports;
};

struct StoryRecord {
    trace::Ledger ledger{trace::Ledger::Mode::collect}; ///< of the selected letters only
    std::vector<LetterId> selected;                     ///< in the order of composition, without reports
    std::map<LetterId, Tale> tales;
    std::unordered_map<CopyId, LetterId> owners;
    std::unordered_map<CopyId, mail::AddressPtr> recipients;
    std::unordered_map<EventId, LetterId> event_owners;
    std::set<std::string, std::less<>> hosts; ///< that have or had a selected copy
    std::set<trace::NodeId> nodes;
    std::deque<Told> bystanders; ///< look-ups and failed connections at these
    std::map<ConnectionId, Dialogue> dialogues;
    std::deque<ConnectionId> closed;
    std::vector<Told> outages; ///< of hosts
    std::uint64_t letters_composed = 0;
    std::uint64_t letters_matched = 0;
    std::uint64_t events_told = 0;

    Tale* tale(LetterId id);
    const Tale* tale(LetterId id) const;
    LetterId owner(const trace::What& what) const;

    void compose(const trace::Event& e, const trace::Composed& c, bool follow);
    void keep(const trace::Event& e, Tale& tale);
    void stand_by(const trace::Event& e);
    void hear(const trace::Event& e, const trace::Spoke& s);
    void hang_up(ConnectionId id);

private:
    void name_copies(Tale& tale, std::span<const CopyId> copies,
                     std::span<const mail::AddressPtr> recipients);
    void adopt(Tale& tale, const trace::Event& e, const trace::Passed& p);
    bool concerns(const Tale& tale, std::string_view name) const;
    void pin(Dialogue& dialogue, Tale& tale);
    void read_envelope(Dialogue& dialogue, std::string_view line);
    void close_transaction(Dialogue& dialogue);
    Told told(const trace::Event& e) const { return {events_told, std::make_shared<const KeptEvent>(e)}; }
};

} // namespace postopolis::metrics
