// See random_town.hpp.
#include "random_town.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "postopolis/kernel/random.hpp"

namespace postopolis::laws {
namespace {

using Json = nlohmann::ordered_json;
using Names = std::vector<std::string>;

class Builder {
public:
    explicit Builder(std::uint64_t seed) : dice_(kernel::RunKey{seed, 0}, "random town"), seed_(seed) {}

    std::string build() {
        town_["postopolis"] = 1;
        town_["title"] = "random town " + std::to_string(seed_);
        town_["seed"] = seed_;
        if (maybe(0.2))
            town_["run"]["for"] = seconds(between(600, 9000)); // the clock stops in the middle of everything
        else
            town_["run"]["limit"] = "4d";
        add_hosts_of_isp();
        const int count = between(1, 5);
        for (int i = 1; i <= count; ++i)
            add_domain("d" + std::to_string(i) + ".example");
        if (maybe(0.3)) add_deaf_domains();
        settle_hosts();
        add_network();
        add_people();
        add_letters();
        if (maybe(0.7)) add_traffic();
        const int faults = between(0, 5);
        for (int i = 0; i < faults; ++i)
            add_fault();
        if (maybe(0.4)) add_flapping_host();
        return town_.dump(1);
    }

private:
    bool maybe(double p) { return dice_.chance(p); }
    int between(int low, int high) {
        return low + static_cast<int>(dice_.below(static_cast<std::uint64_t>(high - low + 1)));
    }
    template<class T>
    const T& one_of(const std::vector<T>& list) {
        return list[static_cast<std::size_t>(dice_.below(list.size()))];
    }
    std::string word(std::initializer_list<const char*> words) {
        return words.begin()[dice_.below(words.size())];
    }
    static std::string seconds(int n) { return std::to_string(n) + "s"; }
    static std::string ms(int n) { return std::to_string(n) + "ms"; }

    Json service_time(int low_ms, int high_ms) {
        const std::string mean = ms(between(low_ms, high_ms));
        switch (between(0, 2)) {
        case 0:
            return mean;
        case 1:
            return Json{{"exponential", mean}};
        default:
            return Json{{"lognormal", {{"median", mean}, {"sigma", 0.7}}}};
        }
    }

    void add_hosts_of_isp() {
        const int relays = between(0, 3);
        for (int i = 1; i <= relays; ++i) {
            relays_.push_back("relay" + std::to_string(i) + ".isp.example");
            add_host(relays_.back());
        }
        // A hierarchy: each relay but the last may send by way of the later ones.
        for (std::size_t i = 0; i + 1 < relays_.size(); ++i)
            if (maybe(0.4)) town_["hosts"][relays_[i]]["smart_host"] = relays_[i + 1];
        if (maybe(0.4)) {
            resolver_ = "resolver.isp.example";
            add_host(resolver_);
            town_["hosts"][resolver_]["roles"] = {"resolver"};
        }
        if (maybe(0.3)) {
            backup_ = "backup.isp.example";
            add_host(backup_);
        }
    }

    void add_host(const std::string& name) {
        if (town_["hosts"].contains(name)) return;
        town_["hosts"][name] = Json::object();
        hosts_.push_back(name);
    }

    void add_domain(const std::string& name) {
        Json domain;
        const int people = between(1, 4);
        for (int i = 1; i <= people; ++i) {
            const std::string who = "u" + std::to_string(i);
            domain["people"].push_back(who);
            people_.push_back(who + "@" + name);
        }
        switch (between(0, 3)) {
        case 0:
            add_host("mail." + name);
            break; // one host for everything
        case 1:
            separate_servers(domain, name);
            break;
        case 2:
            shared_servers(domain);
            break;
        default:
            domain["mx"] = "mx." + name;
            domain["implicit_mx"] = true;
            add_host("mx." + name);
        }
        if (!backup_.empty() && maybe(0.6)) {
            if (!domain.contains("mx")) domain["mx"] = {"mail." + name};
            if (domain["mx"].is_array()) domain["mx"].push_back("50 " + backup_);
        }
        if (!domain.contains("outbound") && !relays_.empty() && maybe(0.5))
            domain["smart_host"] = some_of(relays_);
        if (!resolver_.empty() && maybe(0.7)) domain["resolver"] = resolver_;
        if (maybe(0.2)) domain["quota"] = std::to_string(between(3, 30)) + "kB";
        if (maybe(0.3)) domain["ttl"] = seconds(between(1, 600));
        domains_.push_back(name);
        town_["domains"][name] = std::move(domain);
    }

    Names some_of(const Names& all) {
        Names chosen;
        for (const std::string& name : all)
            if (maybe(0.6)) chosen.push_back(name);
        if (chosen.empty()) chosen.push_back(one_of(all));
        return chosen;
    }

    void separate_servers(Json& domain, const std::string& name) {
        const int bank = between(1, 3);
        for (int i = 1; i <= bank; ++i) {
            const std::string mx = "mx" + std::to_string(i) + "." + name;
            add_host(mx);
            domain["mx"].push_back(std::to_string(10 * between(1, 2)) + " " + mx);
        }
        domain["mailboxes"] = "store." + name;
        domain["submission"] = {"submit." + name};
        if (maybe(0.3)) domain["submission"].push_back("submit2." + name);
        add_host("store." + name);
        for (const auto& host : domain["submission"])
            add_host(host);
        if (maybe(0.5)) {
            domain["outbound"] = Names{"out1." + name, "out2." + name};
            for (const auto& host : domain["outbound"])
                add_host(host);
        }
    }

    void shared_servers(Json& domain) {
        domain["mx"] = {"mx.isp.example"};
        domain["mailboxes"] = "store.isp.example";
        domain["submission"] = "submit.isp.example";
        for (const char* host : {"mx.isp.example", "store.isp.example", "submit.isp.example"})
            add_host(host);
    }

    void add_deaf_domains() {
        town_["domains"]["null.example"]["mx"] = nullptr;
        town_["domains"]["none.example"]["mx"] = Json::array();
        strangers_.insert(strangers_.end(), {"x@null.example", "x@none.example"});
    }

    Json retry() {
        switch (between(0, 4)) {
        case 0:
            return Json{{"preset", word({"postfix", "exim", "qmail", "sendmail", "courier", "opensmtpd"})}};
        case 1:
            return Json{{"at", {"1m", "5m", "20m"}}, {"every", "30m"}};
        case 2:
            return Json{{"at", {"2m", "10m"}}};
        case 3:
            return Json{{"exim", "F,1h,5m; G,4h,10m,1.5"}};
        default:
            return Json{{"minimal", "1m"}, {"maximal", "20m"}, {"scan", word({"0s", "30s", "5m"})}};
        }
    }

    void settle_hosts() {
        for (const std::string& name : hosts_) {
            if (name == resolver_) continue;
            Json& h = town_["hosts"][name];
            Json queue{{"retry", retry()}, {"bounce_after", word({"30m", "2h", "6h", "1d"})}};
            queue["delay_warning"] = maybe(0.5) ? Json(word({"10m", "1h"})) : Json();
            if (maybe(0.4)) queue["concurrency"] = between(1, 4);
            if (maybe(0.4)) queue["per_destination"] = between(1, 3);
            h["queue"] = std::move(queue);
            if (maybe(0.4)) h["smtp"]["max_sessions"] = between(1, 3);
            if (maybe(0.3)) h["smtp"]["max_recipients"] = between(1, 3);
            if (maybe(0.2)) h["smtp"]["max_message_size"] = std::to_string(between(3, 40)) + "kB";
            if (maybe(0.3)) h["smtp"]["extensions"] = {"8BITMIME"};
            if (maybe(0.1)) h["smtp"]["open_relay"] = true;
            if (maybe(0.5)) h["smtp"]["service"]["per_message"] = service_time(1, maybe(0.2) ? 60000 : 500);
            if (maybe(0.2)) h["smtp"]["service"]["per_command"] = service_time(1, 2000);
            if (maybe(0.3)) h["submission"]["max_sessions"] = between(1, 2);
            if (maybe(0.2)) h["submission"]["max_recipients"] = between(1, 3);
            if (maybe(0.2)) h["submission"]["require_auth"] = false;
            if (maybe(0.3))
                h["local_delivery"] = {{"concurrency", between(1, 2)}, {"service", service_time(1, 3000)}};
            if (maybe(0.3)) h["pop3"]["max_sessions"] = between(1, 2);
            if (maybe(0.2)) h["hop_limit"] = between(1, 5);
            if (maybe(0.3)) h["timeouts"] = impatience();
            if (maybe(0.4)) add_extensions(h);
        }
    }

    void add_extensions(Json& h) {
        if (maybe(0.7)) h["smtp"]["extensions"] = "all";
        if (maybe(0.1)) h["smtp"]["ehlo"] = false;
        h["queue"]["tls"] = word({"off", "opportunistic", "opportunistic", "required"});
        if (maybe(0.3)) h["tls"]["version"] = "1.2";
        if (maybe(0.3)) h["tls"]["handshake"] = service_time(1, 500);
        if (maybe(0.3)) h["queue"]["chunk_size"] = std::to_string(between(1, 3)) + "kB";
        if (maybe(0.4)) h["queue"]["reuse"] = seconds(between(1, 600));
        if (maybe(0.3)) h["lmtp"] = true;
        h["submission"]["implicit_tls"] = true;
    }

    Json impatience() {
        return {{"connect", seconds(between(1, 30))},    {"greeting", seconds(between(1, 60))},
                {"ehlo", seconds(between(1, 60))},       {"mail", seconds(between(1, 60))},
                {"rcpt", seconds(between(1, 60))},       {"data", seconds(between(1, 60))},
                {"data_block", seconds(between(1, 60))}, {"end_of_data", seconds(between(1, 60))},
                {"quit", seconds(between(1, 60))},       {"server", seconds(between(5, 60))}};
    }

    void add_network() {
        Json line{{"delay", service_time(1, 100)}, {"loss", maybe(0.5) ? between(0, 20) / 100.0 : 0.0}};
        if (maybe(0.3)) line["bandwidth"] = word({"56kbit/s", "1Mbit/s", "1Gbit/s"});
        town_["network"]["internet"] = line;
        Json plain{{"delay", ms(between(1, 30))}};
        switch (between(0, 3)) {
        case 0:
            town_["network"]["generate"]["star"] = {{"leaves", between(1, 6)}, {"delay", plain["delay"]}};
            break;
        case 1:
            town_["network"]["generate"]["scale_free"] = {
                {"routers", between(3, 12)}, {"links_each", between(1, 2)}, {"delay", plain["delay"]}};
            break;
        case 2:
            town_["network"]["generate"]["hierarchy"] = {
                {"depth", between(1, 2)}, {"fan_out", between(1, 3)}, {"delay", plain["delay"]}};
            break;
        default:
            break;
        }
    }

    Json imap_devices() {
        Json imap{{"by", "imap"}, {"every", word({"1m", "5m", "20m"})}, {"push", maybe(0.5)}};
        if (maybe(0.3))
            imap["file"] = "Read";
        else if (maybe(0.3))
            imap["keep"] = false;
        if (maybe(0.6)) return imap;
        Json devices = Json::array({imap, Json{{"every", "10m"}, {"keep", maybe(0.5)}}});
        if (maybe(0.5)) std::swap(devices[0], devices[1]);
        return devices;
    }

    void add_people() {
        const std::string tls = maybe(0.3) ? "opportunistic" : "off";
        Json all{{"tls", tls}, {"reads", {{"every", word({"1m", "5m", "20m"})}, {"keep", maybe(0.3)}}}};
        if (maybe(0.5))
            all["replies"] = {{"probability", between(0, 50) / 100.0}, {"delay", service_time(1000, 600000)}};
        town_["people"]["*"] = std::move(all);
        for (const std::string& person : people_) {
            Json own;
            if (maybe(0.1)) own["wrong_password"] = true;
            if (maybe(0.1)) own["authenticates"] = false;
            if (maybe(0.1)) own["reads"] = false;
            if (maybe(0.3)) own["reads"] = imap_devices();
            if (maybe(0.1)) own["quota"] = std::to_string(between(1, 10)) + "kB";
            if (!own.is_null()) town_["people"][person] = std::move(own);
        }
        strangers_.push_back("nobody@" + domains_.front());
        strangers_.push_back("someone@nowhere.example");
    }

    std::string recipient() { return maybe(0.15) ? one_of(strangers_) : one_of(people_); }

    void add_letters() {
        const int count = between(1, 12);
        for (int i = 0; i < count; ++i) {
            Json letter{{"from", one_of(people_)}, {"at", seconds(between(0, 7200))}};
            const int to = maybe(0.1) ? between(5, 9) : between(1, 3);
            for (int k = 0; k < to; ++k)
                letter["to"].push_back(recipient());
            if (maybe(0.3)) letter["cc"] = recipient();
            if (maybe(0.2)) letter["bcc"] = recipient();
            if (maybe(0.4)) letter["size"] = std::to_string(between(1, 60000)) + "B";
            letter["subject"] = "Letter no. " + std::to_string(i);
            if (maybe(0.2)) letter["notify"] = word({"never", "success", "failure", "delay"});
            if (maybe(0.1)) letter["notify"] = {"success", "delay"};
            if (maybe(0.1)) letter["return"] = word({"full", "headers"});
            if (maybe(0.1)) letter["envelope_id"] = "id " + std::to_string(i);
            if (maybe(0.1) && !letter.contains("size")) {
                letter["body"] = "Gr\xc3\xbc\xc3\x9f" "e\n";
                letter["eight_bit"] = true;
            }
            town_["letters"].push_back(std::move(letter));
        }
    }

    void add_traffic() {
        if (people_.size() < 2) return;
        Json traffic{{"from", "*"}, {"to", people_}, {"for", "2h"}, {"limit", between(1, 40)}};
        if (maybe(0.7))
            traffic["arrivals"]["poisson"] = std::to_string(between(1, 60)) + "/h";
        else
            traffic["arrivals"]["every"] = seconds(between(30, 1000));
        if (maybe(0.5)) traffic["recipients"] = {{"uniform", {{"from", 1}, {"to", 4}}}};
        traffic["size"] = Json{{"lognormal", {{"median", "2kB"}, {"sigma", 1.0}}}};
        traffic["each"] = maybe(0.5);
        town_["traffic"].push_back(std::move(traffic));
    }

    Json span() {
        // Long enough to outlast patience at times, and often in the middle of a dialogue: to the
        // millisecond.
        Json s{{"from", ms(between(0, 7'200'000))}};
        if (!maybe(0.1)) s["for"] = ms(maybe(0.5) ? between(1, 60'000) : between(60'000, 14'400'000));
        return s;
    }

    void add_fault() {
        Json fault = span();
        switch (between(0, 5)) {
        case 0:
        case 1:
        case 2:
            fault["host"] = one_of(hosts_);
            fault["down"] = true;
            fault["loses_queue"] = maybe(0.3);
            if (!fault.contains("for")) fault["for"] = "3h";
            break;
        case 3:
        case 4:
            fault["host"] = mail_host();
            fault["answers"] = {
                {"at", word({"connect", "greeting", "ehlo", "auth", "mail", "rcpt", "data", "end_of_data"})},
                {"code", one_of(std::vector<int>{421, 450, 451, 452, 500, 550, 552, 554})},
                {"probability", between(10, 100) / 100.0}};
            break;
        default:
            fault["domain"] = one_of(domains_);
            fault["dns"] = word({"servfail", "timeout", "nxdomain"});
        }
        town_["faults"].push_back(std::move(fault));
    }

    /// One that is never up for long: most of its dialogues are cut somewhere.
    void add_flapping_host() {
        const std::string host = one_of(hosts_);
        int at = 0;
        for (int i = between(5, 40); i > 0; --i) {
            at += between(1000, 300'000);
            const int length = between(100, 30'000);
            town_["faults"].push_back({{"host", host},
                                       {"down", true},
                                       {"loses_queue", maybe(0.1)},
                                       {"from", ms(at)},
                                       {"for", ms(length)}});
            at += length;
        }
    }

    std::string mail_host() {
        std::string name = one_of(hosts_);
        while (name == resolver_)
            name = one_of(hosts_);
        return name;
    }

    kernel::Stream dice_;
    std::uint64_t seed_;
    Json town_;
    Names hosts_, relays_, domains_, people_, strangers_;
    std::string resolver_, backup_;
};

} // namespace

std::string random_town(std::uint64_t seed) {
    return Builder(seed).build();
}

} // namespace postopolis::laws
