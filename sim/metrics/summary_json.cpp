// The summary as a JSON object. Order of members is part of the format, as people read it too.
#include "postopolis/metrics/summary.hpp"

#include <nlohmann/json.hpp>

#include "metrics/text.hpp"

namespace postopolis::metrics {

namespace {

using Json = nlohmann::ordered_json;

Json fates_json(const FateCounts& fates) {
    Json j = Json::object();
    for (std::size_t i = 0; i < fates.size(); ++i)
        j[std::string(key(static_cast<trace::Fate>(i)))] = fates[i];
    return j;
}

template<std::size_t N>
Json seconds_json(const std::array<std::string_view, N>& names, const std::array<double, N>* seconds) {
    Json j = Json::object();
    for (std::size_t i = 0; i < N; ++i)
        j[std::string(names[i])] = seconds != nullptr ? Json((*seconds)[i]) : Json(nullptr);
    return j;
}

/// All members are always there; they are null where no copy was delivered.
Json delay_json(const std::optional<DelayFigures>& f) {
    auto figure = [&](double DelayFigures::*member) { return f ? Json((*f).*member) : Json(nullptr); };
    Json j = Json::object();
    j["count"] = f ? f->count : 0;
    j["mean"] = figure(&DelayFigures::mean);
    j["p50"] = figure(&DelayFigures::p50);
    j["p95"] = figure(&DelayFigures::p95);
    j["p99"] = figure(&DelayFigures::p99);
    j["min"] = figure(&DelayFigures::min);
    j["max"] = figure(&DelayFigures::max);
    j["causes"] = seconds_json(kFamilies, f ? &f->causes : nullptr);
    j["backoff"] = seconds_json(kBackoffReasons, f ? &f->backoff : nullptr);
    return j;
}

Json kinds_json(const Summary& s) {
    Json j = Json::object();
    for (std::size_t i = 0; i < s.by_kind.size(); ++i) {
        const KindFigures& k = s.by_kind[i];
        j[std::string(key(static_cast<trace::LetterKind>(i)))] =
            Json{{"messages", k.messages}, {"copies", k.copies}, {"fates", fates_json(k.fates)}};
    }
    return j;
}

Json balance_json(const Balance& b) {
    Json j = Json::object();
    j["composed"] = b.composed;
    j["expanded_into"] = b.expanded_into;
    j["duplicates"] = b.duplicates;
    j["accounted"] = b.accounted;
    j["faults"] = b.faults;
    return j;
}

Json not_delivered_json(const std::vector<NonDelivery>& reasons) {
    Json j = Json::array();
    for (const NonDelivery& r : reasons)
        j.push_back(Json{{"fate", key(r.fate)},
                         {"code", r.code != 0 ? Json(r.code) : Json(nullptr)},
                         {"reason", r.reason},
                         {"count", r.count}});
    return j;
}

} // namespace

std::string summary_json(const Summary& s) {
    Json j = Json::object();
    j["scenario"] = s.facts.scenario;
    j["seed"] = s.facts.seed;
    j["replication"] = s.facts.replication;
    j["fingerprint"] = s.facts.fingerprint;
    j["start"] = calendar_text(s.facts.start_unix_seconds);
    j["duration"] = s.facts.end.since_start().to_seconds();
    j["interrupted"] = s.facts.interrupted;
    j["events_processed"] = s.facts.events;
    j["letters"] = s.letters;
    j["messages"] = s.messages;
    j["copies"] = s.copies;
    j["fates"] = fates_json(s.fates);
    j["by_kind"] = kinds_json(s);
    j["duplicates"] = s.duplicates;
    j["transfers"] = s.transfers;
    j["deferrals"] = s.deferrals;
    j["fetched"] = s.fetched;
    j["delay"] = delay_json(s.delay);
    j["delay"]["to_inbox"] = delay_json(s.to_inbox);
    j["delay"]["to_reader"] = delay_json(s.to_reader);
    j["not_delivered"] = not_delivered_json(s.not_delivered);
    j["balanced"] = s.balance.balanced;
    j["balance"] = balance_json(s.balance);
    if (!s.happened.empty()) {
        Json happened = Json::object();
        for (const auto& [kind, count] : s.happened)
            happened[kind] = count;
        j["happened"] = std::move(happened);
        j["dns_cache_hits"] = s.cache_hits;
    }
    return j.dump(2, ' ', false, Json::error_handler_t::replace);
}

} // namespace postopolis::metrics
