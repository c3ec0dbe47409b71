// A town built without JSON: the receiver is down for an hour, and the sender has a retry policy of its own.
// What waits in the sender's queue is shown every five minutes, then how late each letter was.
#include <chrono>
#include <cstdio>
#include <string>

#include <postopolis/nodes/town.hpp>

using namespace postopolis;
using kernel::Duration;
using kernel::Time;

int main() {
    nodes::Town town(kernel::RunKey{1, 0});

    nodes::HostConfig steady;
    steady.queue.retry = {.backoff = policy::FixedInterval{std::chrono::minutes(10)}};
    nodes::MailHost& sender = town.add_site("yourcompany.example", {"alice"}, steady);
    nodes::MailHost& receiver = town.add_site("yourcustomer.example", {"bob"});
    town.schedule_outage(receiver, Time::start(), Time::at(Duration::hours(1)), false);

    for (int minute = 0; minute < 60; minute += 10)
        town.write("alice@yourcompany.example", {"bob@yourcustomer.example"},
                   "News of minute " + std::to_string(minute), Time::at(Duration::minutes(minute)));

    std::puts("minute  waiting in the sender's queue");
    for (int minute = 5; minute <= 75; minute += 5) {
        const Time pause = Time::at(Duration::minutes(minute));
        while (town.simulation().next_event_time() <= pause && town.step()) {
        }
        std::printf("%6d  %s\n", minute, std::string(sender.queued(), '#').c_str());
    }
    town.run_until_quiet();

    std::puts("letter             fate       minutes to the inbox, waiting for the next try");
    for (const trace::CopyRecord& copy : town.ledger().copies()) {
        Duration backoff;
        for (std::size_t i = 0; i < trace::kCauses; ++i)
            if (const auto cause = static_cast<trace::Cause>(i); trace::is_backoff(cause))
                backoff += copy.spent_to_fate.spent(cause);
        std::printf("%-17s  %-9s %21.2f %27.2f\n", town.ledger().letter(copy.letter)->subject.c_str(),
                    std::string(trace::name(copy.fate)).c_str(),
                    (copy.settled - copy.composed).to_seconds() / 60, backoff.to_seconds() / 60);
    }
    return town.ledger().audit().empty() ? 0 : 1;
}
