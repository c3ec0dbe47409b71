// The vocabulary. See words.hpp.
#include "postopolis/metrics/words.hpp"

#include <algorithm>
#include <array>

#include "postopolis/kernel/check.hpp"

namespace postopolis::metrics {
namespace {

struct Row {
    Phrase phrase;
    std::string_view plain, postal;
};

// In the order of the enumeration; the test of words checks it, and that both columns have the same places.
constexpr std::array<Row, kPhrases> kTable{{
    {Phrase::title, "The story of message {number}: “{subject}”",
     "The story of letter {number}: “{subject}”"},
    {Phrase::composed, "{author} composes “{subject}” ({size}) to {recipients} and presses “send”.",
     "{author} writes a letter ({size}) to {recipients} about “{subject}”, puts it into an envelope and "
     "takes it "
     "to the letter box."},
    {Phrase::report_composed, "The mail system writes a report ({size}) to {recipients}: “{subject}”.",
     "The post office fills in a form ({size}) for {recipients}: “{subject}”."},
    {Phrase::looked_up, "{host} asks the DNS ({resolver}) for {question} ({type}): {result}, after {took}.",
     "{host} asks the directory ({resolver}) for {question} ({type}): {result}, after {took}."},
    {Phrase::looked_up_cached,
     "{host} asks {resolver} for {question} ({type}), which knows it from before: {result}.",
     "{host} asks {resolver} for {question} ({type}), which has the page of the directory still open: "
     "{result}."},
    {Phrase::looked_up_own, "{host} knows {question} ({type}) from before: {result}.",
     "{host} has the page of the directory with {question} ({type}) still open: {result}."},
    {Phrase::look_up_failed,
     "{host} asks the DNS ({resolver}) for {question} ({type}) in vain: {result}, after {took}.",
     "{host} asks the directory ({resolver}) for {question} ({type}) in vain: {result}, after {took}."},
    {Phrase::connected_submission, "{client} connects to {server} (port {port}); that takes {took}.",
     "{client} walks to the letter box of {server} (door {port}); that takes {took}."},
    {Phrase::connected_mailbox,
     "{client} connects to the mailbox server {server} (port {port}); that takes {took}.",
     "{client} walks to the pigeonholes at {server} (door {port}); that takes {took}."},
    {Phrase::connected, "{client} connects to {server} (port {port}); that takes {took}.",
     "The mail van of {client} reaches {server} (door {port}); the drive takes {took}."},
    {Phrase::connect_failed, "{client} gets no connection to {server} (port {port}): {why}, after {took}.",
     "The mail van of {client} finds nobody at {server} (door {port}): {why}, after {took}."},
    {Phrase::accepted_submission,
     "Submitted: {host} says 250, queues it as {id} and answers for it from here on.",
     "The letter box is emptied: the sorting office {host} gives a registered receipt (250, number {id}) and "
     "answers for the letter from here on."},
    {Phrase::accepted_transfer,
     "Transferred: {host} says 250 to {from}, queues it as {id} and answers for it from here on.",
     "The sorting office {host} gives the mail van of {from} a registered receipt (250, number {id}) and "
     "answers "
     "for the letter from here on."},
    {Phrase::accepted_report, "{host} queues it as {id}.", "{host} puts it into its own sack (number {id})."},
    {Phrase::waited, "It has waited at {host} for {took}.",
     "It has waited in the sack at {host} for the next van: {took}."},
    {Phrase::way, "From {from} to {to} in {took}.", "Carried from {from} to {to} in {took}."},
    {Phrase::deferred,
     "Deferred: {remote} says “{reason}”. {host} keeps it and tries again at {next}, in {wait} (try "
     "{attempts} "
     "failed).",
     "{remote} does not take the letter today: “{reason}”. It goes back into the sack at {host}; the next "
     "van "
     "leaves at {next}, in {wait} (drive {attempts} was in vain)."},
    {Phrase::deferred_silence,
     "Deferred: no answer from {remote} ({reason}). {host} keeps it and tries again at {next}, in {wait} "
     "(try "
     "{attempts} failed).",
     "Nobody opens at {remote} ({reason}). The letter goes back into the sack at {host}; the next van leaves "
     "at "
     "{next}, in {wait} (drive {attempts} was in vain)."},
    {Phrase::delivered, "Delivered: {host} files it in the mailbox of {mailbox}.",
     "{host} puts it into the pigeonhole of {mailbox}."},
    {Phrase::junk, "Filed as junk: {host} puts it into the junk folder of {mailbox}.",
     "{host} takes it for advertising and puts it under the pigeonhole of {mailbox}, with the leaflets."},
    {Phrase::fetched, "The mail reader of {mailbox} fetches it: it is in the reader's hands.",
     "{mailbox} empties the pigeonhole: the letter is in the reader's hands."},
    {Phrase::fetched_kept,
     "The mail reader of {mailbox} fetches it and leaves it on the server: it is in the "
     "reader's hands.",
     "{mailbox} reads the letter and puts it back into the pigeonhole: it has been in the reader's hands."},
    {Phrase::bounced, "Bounced: {host} gives up on it: “{reason}”. The author gets a report{report}.",
     "Return to sender: {host} gives up on it: “{reason}”. The author gets a note{report}."},
    {Phrase::bounced_silence, "Bounced: {host} gives up on it ({reason}). The author gets a report{report}.",
     "Return to sender: {host} gives up on it ({reason}). The author gets a note{report}."},
    {Phrase::warned, "{host} tells the author that it is late, and goes on trying{report}.",
     "{host} sends the author a card that the letter is late, and goes on trying{report}."},
    {Phrase::rejected, "Rejected: {by} does not take it: “{reason}”. The author is told at once.",
     "The clerk at {by} does not take it: “{reason}”. The author still stands at the counter and hears it."},
    {Phrase::discarded, "Discarded by {by}: {why}.", "Thrown into the waste basket by {by}: {why}."},
    {Phrase::lost, "Lost at {by}: {why}. Nobody is told.", "Lost at {by}: {why}. Nobody is told."},
    {Phrase::expanded, "{by} sends it on as {copies} to {recipients}.",
     "{by} copies it and readdresses it ({copies}) to {recipients}."},
    {Phrase::doubted,
     "{host} hears no answer from {remote} after the end of the message and cannot know whether it was taken "
     "(RFC 1047): it will send it again, and it may arrive twice.",
     "The mail van of {host} comes back from {remote} without a receipt, and nobody knows whether the letter "
     "was "
     "taken (RFC 1047): it will be carried there again, and may arrive twice."},
    {Phrase::host_down, "{host} goes down.", "{host} closes its doors."},
    {Phrase::host_down_queue_lost, "{host} goes down and loses its queue.",
     "{host} burns down with all its sacks."},
    {Phrase::host_up, "{host} is up again.", "{host} opens its doors again."},
    {Phrase::dialogue, "what {client} (C) and {server} (S) say to each other",
     "what is said at the counter between {client} (C) and {server} (S)"},
    {Phrase::content_line, "{more} of the message, {octets} in all", "{more} of the letter, {octets} in all"},
    {Phrase::headers, "Its header, as {reader} sees it:",
     "What stands on the letter and its postmarks, as {reader} "
     "sees them:"},
    {Phrase::headers_key, "Every host writes its Received line above the older ones. From the lowest one up:",
     "Every post office sets its postmark (Received) above the older ones. From the lowest one up:"},
    {Phrase::received_submission,
     "{n}. {by} took it from its author, who called in from {from} {login}, at {when}.",
     "{n}. The postmark of {by}: posted by its author at {from} {login}, at {when}."},
    {Phrase::received_transfer, "{n}. {by} took it from {from} {protocol}, at {when}, {after} later.",
     "{n}. The postmark of {by}: handed over by {from} {protocol}, at {when}, {after} later."},
    {Phrase::received_local, "{n}. {by} wrote it itself, at {when}.",
     "{n}. The postmark of {by}: posted in the house, "
     "at {when}."},
    {Phrase::path_kept,
     "Return-Path is the envelope's sender, where a bounce would go; Delivered-To is the mailbox.",
     "Return-Path is the sender on the envelope, to whom it would be returned; Delivered-To is the "
     "pigeonhole."},
    {Phrase::copies_title, "What became of it", "What became of it"},
    {Phrase::delay_title, "Where the time went: {took} from the click {end}",
     "Where the time went: {took} from the "
     "letter box {end}"},
    {Phrase::report_title, "The report about it, message {number}: “{subject}”",
     "The note about it, letter {number}: “{subject}”"},
    {Phrase::still_there, "{recipient}: still in transit; last seen at {place}, after {took}{why}",
     "{recipient}: still on its way; last seen at {place}, after {took}{why}"},
    {Phrase::representatives,
     "It has {n} copies; told here is the way of {names}, which stand for the others.",
     "There are {n} envelopes with it; told here is the way of those to {names}, which stand for the "
     "others."},
    {Phrase::came_to, "{recipient}: {fate} after {took} ({place}){why}",
     "{recipient}: {fate} after {took} ({place}){why}"},
    {Phrase::read_by, "; in the reader's hands after {took}", "; in the reader's hands after {took}"},
    {Phrase::slowest_of, "The slowest copy went to {recipient}.",
     "The slowest envelope went to {recipient}."},
    {Phrase::other_content, "another message, {octets}", "another letter, {octets}"},
    {Phrase::no_header, "Nobody has its header: it was not filed in a mailbox.",
     "Nobody can read its postmarks: it came into no pigeonhole."},
    {Phrase::spent_in, "{took} {cause}", "{took} {cause}"},
}};

struct Pair {
    std::string_view plain, postal;
};

} // namespace

std::string_view sentence(Phrase phrase, Register words) {
    const Row& row = kTable[static_cast<std::size_t>(phrase)];
    kernel::check(row.phrase == phrase, "the table of words is out of order");
    return words == Register::postal ? row.postal : row.plain;
}

std::string say(Phrase phrase, Register words, Fillings fillings) {
    const std::string_view text = sentence(phrase, words);
    std::string out;
    std::size_t i = 0;
    while (i < text.size()) {
        const std::size_t open = std::min(text.find('{', i), text.size());
        out += text.substr(i, open - i);
        if (open == text.size()) break;
        const std::size_t close = text.find('}', open);
        const std::string_view place = text.substr(open + 1, close - open - 1);
        bool filled = false;
        for (const auto& [name, value] : fillings) {
            if (name != place) continue;
            out += value;
            filled = true;
        }
        kernel::check(filled, "a place of a sentence is not filled");
        i = close + 1;
    }
    return out;
}

std::string_view cause_words(trace::Cause cause, Register words) {
    static constexpr std::array<Pair, trace::kCauses> kCauseWords{{
        {"transit (on the line)", "on the mail van"},
        {"service (servers at work)", "hands at work"},
        {"filter (being checked)", "being inspected"},
        {"dns (looking names up)", "looking in the directory"},
        {"queue (no free slot)", "waiting for a free van"},
        {"backoff: greylisted", "in the sack: unknown sender, come again"},
        {"backoff: refused", "in the sack: not taken today"},
        {"backoff: no answer", "in the sack: nobody opened"},
        {"backoff: dns", "in the sack: no page in the directory"},
        {"backoff: quota", "in the sack: pigeonhole full"},
        {"backoff: throttled", "in the sack: told to slow down"},
        {"timeout (no answer came)", "waiting at a closed door"},
        {"held (kept back)", "kept back at the office"},
        {"pickup (waiting for reader)", "in the pigeonhole, unread"},
    }};
    const Pair& pair = kCauseWords[static_cast<std::size_t>(cause)];
    return words == Register::postal ? pair.postal : pair.plain;
}

std::string_view fate_words(trace::Fate fate, Register words) {
    static constexpr std::array<Pair, trace::kFates> kFateWords{{
        {"in transit", "still on its way"},
        {"delivered", "in the pigeonhole"},
        {"junk", "with the leaflets"},
        {"bounced", "returned to sender"},
        {"rejected", "not taken at the counter"},
        {"discarded", "in the waste basket"},
        {"lost", "lost"},
        {"expanded", "readdressed"},
    }};
    const Pair& pair = kFateWords[static_cast<std::size_t>(fate)];
    return words == Register::postal ? pair.postal : pair.plain;
}

std::string dns_words(std::string_view result) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kResults{{
        {"NOERROR", "found"},
        {"NXDOMAIN", "there is no such name (NXDOMAIN)"},
        {"NODATA", "the name has no such record (NODATA)"},
        {"SERVFAIL", "the name servers fail (SERVFAIL)"},
        {"timeout", "no answer (timeout)"},
    }};
    for (const auto& [code, meaning] : kResults)
        if (code == result) return std::string(meaning);
    return std::string(result);
}

} // namespace postopolis::metrics
