// The story for programs: the same sentences, with times, causes and copies as data.
#include <nlohmann/json.hpp>

#include "metrics/story_dialogue.hpp"
#include "metrics/story_voice.hpp"
#include "metrics/story_way.hpp"
#include "postopolis/metrics/summary.hpp"

namespace postopolis::metrics {
namespace {

using Json = nlohmann::ordered_json;

double seconds(Time t) {
    return t.since_start().to_seconds();
}

Json causes(const trace::Account& account) {
    Json out = Json::object();
    for (std::size_t i = 0; i < trace::kCauses; ++i) {
        const auto cause = static_cast<trace::Cause>(i);
        if (account.spent(cause).count() != 0)
            out[std::string(key(cause))] = account.spent(cause).to_seconds();
    }
    return out;
}

Json copy_json(const StoryRecord& r, const trace::CopyRecord& c) {
    Json out;
    out["recipient"] = c.recipient ? c.recipient->text() : "";
    out["fate"] = key(c.fate);
    out["place"] = r.ledger.text(c.place);
    if (c.reason != 0) out["reason"] = r.ledger.text(c.reason);
    if (c.code != 0) out["code"] = c.code;
    out["duplicate"] = c.duplicate;
    out["deferrals"] = c.deferrals;
    out["delay"] = c.fate == trace::Fate::in_transit ? Json() : Json((c.settled - c.composed).to_seconds());
    out["delay_to_reader"] = c.fetched ? Json((c.read - c.composed).to_seconds()) : Json();
    out["causes"] = causes(c.spent);
    return out;
}

Json event_json(const Tale& tale, const Step& step, const StoryVoice& voice) {
    const trace::Event& e = *step.event;
    Json out;
    out["time"] = seconds(e.time);
    out["kind"] = trace::kind_name(e.what);
    out["id"] = e.id;
    out["cause"] = e.cause;
    const auto* alone = std::get_if<trace::Passed>(&e.what);
    const auto text = alone != nullptr ? voice.say_stage(*alone, e.time - alone->begin) : voice.say(tale, e);
    out["text"] = text.value_or("");
    if (!step.copies.empty()) {
        out["recipients"] = Json::array();
        for (CopyId id : step.copies)
            out["recipients"].push_back(voice.recipient(id));
    }
    std::vector<const trace::Passed*> stages = step.stages;
    if (alone != nullptr) stages.push_back(alone);
    for (const trace::Passed* p : stages) {
        Json stage;
        stage["stage"] = trace::name(p->stage);
        stage["begin"] = seconds(p->begin);
        stage["from"] = p->from;
        stage["to"] = p->to;
        stage["causes"] = causes(p->spent);
        out["stages"].push_back(std::move(stage));
    }
    return out;
}

Json dialogue_json(const Dialogue& d, const Tale& tale) {
    Json out;
    out["client"] = d.client;
    out["server"] = d.server;
    out["lines"] = Json::array();
    for (const DialogueLine& l : dialogue_lines(d, tale, Register::plain)) {
        Json line;
        line["time"] = seconds(l.time);
        line["by"] = l.aside ? "note" : l.by_client ? "client" : "server";
        line["text"] = l.text;
        out["lines"].push_back(std::move(line));
    }
    return out;
}

Json story(const StoryRecord& r, const Tale& tale) {
    const StoryVoice voice(r, Register::plain, 0);
    const trace::LetterRecord letter = *r.ledger.letter(tale.id);
    Json out;
    out["message"] = tale.number;
    out["kind"] = key(letter.kind);
    out["message_id"] = letter.message_id;
    out["subject"] = letter.subject;
    out["from"] = tale.sender;
    out["size"] = letter.size;
    out["composed"] = seconds(letter.composed);
    out["copies"] = Json::array();
    for (CopyId id : letter.copies)
        out["copies"].push_back(copy_json(r, *r.ledger.copy(id)));
    out["events"] = Json::array();
    const Way way(r, tale);
    for (const Step& step : way.steps())
        out["events"].push_back(event_json(tale, step, voice));
    out["dialogues"] = Json::array();
    for (ConnectionId id : tale.connections) {
        const auto found = r.dialogues.find(id);
        if (found != r.dialogues.end() && !found->second.said.empty())
            out["dialogues"].push_back(dialogue_json(found->second, tale));
    }
    out["reports"] = Json::array();
    for (LetterId report : tale.reports)
        out["reports"].push_back(story(r, *r.tale(report)));
    return out;
}

} // namespace

std::string StoryTeller::story_json() const {
    Json out;
    out["matched"] = record_->letters_matched;
    out["stories"] = Json::array();
    for (LetterId id : record_->selected)
        out["stories"].push_back(story(*record_, *record_->tale(id)));
    return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

} // namespace postopolis::metrics
