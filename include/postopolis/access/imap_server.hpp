// The server's side of an IMAP session: IMAP4rev1 (RFC 3501) and, where it is offered and the client enables
// it, IMAP4rev2 (RFC 9051), with the extensions that ImapOffer names. No I/O, no time: its owner reads lines
// (ImapReader), asks who may log in, and tells when the folder that a client watches has changed. Calling it
// out of turn (a line while a question is open) is a bug of the owner and aborts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/access/imap_account.hpp"
#include "postopolis/access/imap_command.hpp"
#include "postopolis/access/imap_line.hpp"
#include "postopolis/access/imap_view.hpp"

namespace postopolis::access {

struct ImapOffer {
    bool rev2 = true;
    bool idle = true;         ///< RFC 2177
    bool uidplus = true;      ///< RFC 4315
    bool move = true;         ///< RFC 6851
    bool condstore = true;    ///< RFC 7162
    bool special_use = true;  ///< RFC 6154
    bool quota = true;        ///< RFC 9208
    bool literal_plus = true; ///< RFC 7888
    bool starttls = false;
    bool plain_needs_tls = false; ///< LOGINDISABLED until STARTTLS
};

struct ImapStep {
    enum class Kind : std::uint8_t {
        send,      ///< `output`
        close,     ///< send `output`, then close the connection
        ask_login, ///< is password() right for user()? then admit(), else refuse(); send what they give
        start_tls, ///< send `output`, negotiate TLS, then secured()
    };
    Kind kind = Kind::send;
    ImapOutput output{};
};

class ImapServer {
public:
    enum class State : std::uint8_t { not_authenticated, authenticated, selected, logout };

    explicit ImapServer(std::string host_name, ImapOffer offer = {});

    ImapOutput greeting() const;
    /// For "[CAPABILITY ...]" and the response.
    std::string capabilities() const;

    /// `now` dates what APPEND gets without a date.
    ImapStep on_line(const ImapLine& line, mail::Date now);
    /// What ImapReader::Found::wants_literal is answered with.
    ImapOutput go_ahead() const { return ImapOutput("+ OK\r\n"); }
    ImapStep too_long() const; ///< the owner closes
    ImapOutput too_large(const std::string& tag) const;

    /// `account` must outlive the session.
    ImapOutput admit(ImapAccount& account);
    ImapOutput refuse(std::string_view text = "[AUTHENTICATIONFAILED] Authentication failed.");
    void secured();

    /// True while the client waits in IDLE; changes() then gives what is to be sent at once, empty if
    /// nothing.
    bool idling() const { return idling_; }
    ImapOutput changes();

    State state() const { return state_; }
    bool closed() const { return state_ == State::logout; }
    const std::string& user() const { return user_; }
    const std::string& password() const { return password_; }
    /// Null when none is selected.
    const ImapFolder* folder() const { return view_ ? &view_->folder() : nullptr; }
    /// Where the messages come from that the last line had sent whole, in that order.
    const std::vector<ImapOriginPtr>& sent() const { return sent_; }

private:
    using Verb = ImapVerb;
    struct Answer; // untagged data and the tagged response of a command

    ImapStep execute(const ImapCommand& c, mail::Date now);
    bool allowed(const ImapCommand& c) const;
    ImapStep log_in(const ImapCommand& c);
    ImapStep on_response(const std::string& text); ///< to the "+" of AUTHENTICATE
    ImapStep authenticate(const std::string& response);
    ImapStep finish(const ImapCommand& c, Answer answer);
    Answer dispatch(const ImapCommand& c, mail::Date now);

    Answer enable(const ImapCommand& c);
    Answer select(const ImapCommand& c);
    Answer change_folders(const ImapCommand& c);
    Answer list(const ImapCommand& c);
    Answer lsub(const ImapCommand& c);
    Answer status(const ImapCommand& c);
    Answer append(const ImapCommand& c, mail::Date now);
    Answer quota(const ImapCommand& c);
    Answer close(bool expunges);
    Answer expunge(const ImapCommand& c);
    Answer search(const ImapCommand& c);
    Answer fetch(const ImapCommand& c);
    Answer store(const ImapCommand& c);
    Answer copy(const ImapCommand& c);

    void put_list(ImapOutput& out, std::string_view response, const std::string& name,
                  const ImapList& asked) const;
    void put_status(ImapOutput& out, const std::string& name, const ImapFolder& folder,
                    const std::vector<ImapStatusItem>& items);
    void put_quota(ImapOutput& out) const;
    void expunge_deleted(const ImapCommand* c);
    void want_modseq() { modseq_ = modseq_ || offer_.condstore; }
    ImapManner manner(bool uid) const { return {uid || rev2_, modseq_, !rev2_}; }
    std::optional<std::string> folder_name(const std::string& wire) const;
    std::string wire_name(const std::string& name) const;

    std::string host_name_;
    ImapOffer offer_;
    State state_ = State::not_authenticated;
    bool secure_ = false, rev2_ = false, modseq_ = false;
    bool asking_ = false, idling_ = false, responding_ = false;
    std::string tag_; ///< of the command that has not ended: AUTHENTICATE, LOGIN, IDLE
    std::string user_, password_;
    ImapAccount* account_ = nullptr;
    std::unique_ptr<ImapView> view_;
    ImapSet saved_; ///< SEARCH RETURN (SAVE): UIDs
    std::vector<ImapOriginPtr> sent_;
};

} // namespace postopolis::access
