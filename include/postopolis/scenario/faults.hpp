// What goes wrong, and when.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "postopolis/scenario/values.hpp"

namespace postopolis::scenario {

/// The hosts don't answer at all: packets to them vanish.
struct HostDown {
    bool loses_queue = false; ///< what was accepted and not yet passed on is gone when it comes back
};

/// The hosts answer a step of SMTP with a refusal.
struct SmtpAnswer {
    enum class Step { Connect, Greeting, Ehlo, Starttls, Auth, Mail, Rcpt, Data, EndOfData };
    Step step = Step::Rcpt;
    int code = 451;       ///< 400..599; for Step::Connect the connection is refused and code is not used
    std::string enhanced; ///< "4.3.0"; empty: made from the code
    std::string text;
    double probability = 1;
    std::string recipients = "*"; ///< pattern of addresses, for Step::Rcpt
};

/// The zone of `domains`, or name servers among `hosts`, answer badly.
struct DnsTrouble {
    enum class Kind { Servfail, Timeout, Nxdomain };
    Kind kind = Kind::Servfail;
};

struct Fault {
    std::vector<std::string> hosts;   ///< names or patterns
    std::vector<std::string> domains; ///< for DnsTrouble
    Span when;
    std::variant<HostDown, SmtpAnswer, DnsTrouble> what;
};

} // namespace postopolis::scenario
