// Mail that a host writes itself: reports, answers.
#include "nodes/queue_manager.hpp"

namespace postopolis::nodes {

void QueueManager::post(NewMail mail) {
    Incoming in;
    in.letter = mail.letter;
    in.queue_id = std::move(mail.queue_id);
    in.reverse_path = mail.reverse_path;
    in.message = mail::Message(std::move(mail.content));
    const std::vector<mail::AddressPtr> recipients{mail.recipient.address};
    const std::vector<trace::RecipientKind> kinds{trace::RecipientKind::to};
    const std::vector<trace::CopyId> copies{mail.recipient.copy};
    in.recipients.push_back(std::move(mail.recipient));
    const std::string subject = in.message.content()->subject();
    trace::Composed composed{in.letter, mail.kind, mail.about, in.reverse_path, subject, mail.message_id,
                             in.message.size(), recipients, kinds, copies, &in.message};
    const trace::EventId cause = host_.tell(mail.cause, composed);
    trace::Accepted accepted{in.letter, copies, host_.name(), in.queue_id, host_.name(), 0,
                             in.message.received_count()};
    in.cause = host_.tell(cause, accepted);
    take(std::move(in));
}

} // namespace postopolis::nodes
