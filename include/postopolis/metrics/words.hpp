// The words in which people are told what happened: plain ones, and those of a post office.
//
// One table has every sentence in both registers with the same places to fill in, so that whoever tells a
// story tells it once and the vocabulary decides how it sounds.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "postopolis/trace/event.hpp"

namespace postopolis::metrics {

enum class Register { plain, postal };

enum class Phrase {
    title,
    composed,
    report_composed,
    looked_up,
    looked_up_cached,
    looked_up_own, ///< the host is its own resolver, and knew it
    look_up_failed,
    connected_submission,
    connected_mailbox,
    connected,
    connect_failed,
    accepted_submission,
    accepted_transfer,
    accepted_report,
    waited,
    way,
    deferred,
    deferred_silence,
    delivered,
    junk,
    fetched,
    fetched_kept,
    bounced,
    bounced_silence,
    warned,
    rejected,
    discarded,
    lost,
    expanded,
    doubted,
    host_down,
    host_down_queue_lost,
    host_up,
    dialogue,
    content_line,
    headers,
    headers_key,
    received_submission,
    received_transfer,
    received_local,
    path_kept,
    copies_title,
    delay_title,
    report_title,
    still_there,
    representatives,
    came_to,
    read_by,
    slowest_of,
    other_content,
    no_header,
    spent_in,
};
inline constexpr int kPhrases = static_cast<int>(Phrase::spent_in) + 1;

/// The sentence with its {places}.
std::string_view sentence(Phrase phrase, Register words);

/// What stands in a sentence's {place}.
using Fillings = std::initializer_list<std::pair<std::string_view, std::string_view>>;
/// The sentence filled in. A place that is not filled aborts: the table and the teller disagree.
std::string say(Phrase phrase, Register words, Fillings fillings);

/// What a cause of delay is: "transit (on the line)", "on the mail van".
std::string_view cause_words(trace::Cause cause, Register words);
/// What a fate is: "delivered", "in the pigeonhole".
std::string_view fate_words(trace::Fate fate, Register words);
/// What a DNS answer means: "NXDOMAIN" -> "no such name".
std::string dns_words(std::string_view result);

} // namespace postopolis::metrics
