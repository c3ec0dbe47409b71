// See connection_cache.hpp.
#include "nodes/connection_cache.hpp"

#include <algorithm>

namespace postopolis::nodes {

std::unique_ptr<OpenConnection> ConnectionCache::take(std::uint32_t address, std::uint16_t port) {
    const auto found = std::find_if(kept_.rbegin(), kept_.rend(),
                                    [&](const Kept& k) { return k.address == address && k.port == port; });
    if (found == kept_.rend()) return nullptr;
    std::unique_ptr<OpenConnection> taken = std::move(*found->connection);
    kept_.erase(std::next(found).base());
    return taken;
}

void ConnectionCache::keep(std::uint32_t address, std::uint16_t port,
                           std::unique_ptr<OpenConnection> connection) {
    host_.spawn(hold(++numbers_, address, port, std::move(connection)));
}

kernel::Task<void> ConnectionCache::hold(std::uint64_t number, std::uint32_t address, std::uint16_t port,
                                         std::unique_ptr<OpenConnection> mine) {
    kept_.push_back({number, address, port, &mine});
    co_await host_.sleep(host_.config().queue.reuse);
    if (!mine) co_return; // somebody has taken it
    std::erase_if(kept_, [&](const Kept& k) { return k.number == number; });
    smtp::ClientDialogue& dialogue = mine->dialogue;
    dialogue.quit();
    for (;;) {
        smtp::Action action = dialogue.next();
        if (action.kind == smtp::Action::Kind::send) {
            const std::uint64_t octets = smtp::wire_size(action.command);
            auto payload = std::make_unique<CommandPayload>(std::move(action.command));
            mine->socket->send(std::move(payload), mine->sealed ? smtp::tls::sealed_size(*mine->sealed, octets) : octets);
        } else if (action.kind == smtp::Action::Kind::receive) {
            net::Received r = co_await mine->socket->receive(host_.config().timeouts.quit);
            const bool answered = r.kind == net::Received::Kind::payload;
            if (answered)
                dialogue.on_reply(static_cast<ReplyPayload&>(*r.payload).reply);
            else
                dialogue.on_lost();
        } else {
            mine->socket->close();
            co_return;
        }
    }
}

} // namespace postopolis::nodes
