// How a scenario's hosts become the configurations of mail hosts.
#pragma once

#include <optional>

#include "postopolis/nodes/town.hpp"
#include "postopolis/scenario/scenario.hpp"

namespace postopolis::scenario {

nodes::HostConfig host_config(const Host& host);
/// All that a series says of hosts and zones; who lives there is for PeoplePlan to say.
nodes::SettlementConfig settlement_config(const DomainSeries& series,
                                          net::HostRef first_place);
/// What follows from who serves which domain: inbound servers pass mail on to the mailboxes, submission hosts
/// to the outbound bank. Routes that the scenario writes out win.
void add_routes(nodes::Town& town, const Scenario& scenario);
nodes::AnswerFault answer_fault(const SmtpAnswer& answer);
/// Empty for a value that validation has let through although it cannot be read.
std::optional<dns::Record> dns_record(const DnsRecord& record);
policy::RetrySchedule retry_schedule(const Queue& queue);

} // namespace postopolis::scenario
