// Byte by byte where lines begin and end, in runs everywhere else.
#include "postopolis/smtp/dot_stuffing.hpp"

namespace postopolis::smtp {

void DotStuffer::write(std::string_view piece, std::string& out) {
    while (!piece.empty()) {
        if (at_ == At::line_start && piece.front() == '.') out += '.';
        if (at_ == At::after_cr && piece.front() == '\n') {
            out += '\n';
            piece.remove_prefix(1);
            at_ = At::line_start;
            continue;
        }
        const auto cr = piece.find('\r');
        const auto run = cr == std::string_view::npos ? piece.size() : cr + 1;
        out.append(piece.substr(0, run));
        piece.remove_prefix(run);
        at_ = cr == std::string_view::npos ? At::within : At::after_cr;
    }
}

void DotStuffer::finish(std::string& out) {
    out += at_ == At::line_start ? ".\r\n" : "\r\n.\r\n";
    at_ = At::line_start;
}

std::size_t DotUnstuffer::read(std::string_view piece, std::string& out) {
    std::size_t i = 0;
    while (i < piece.size() && state_ != State::done) {
        if (state_ == State::within) {
            const auto end = piece.find_first_of("\r\n", i);
            const auto stop = end == std::string_view::npos ? piece.size() : end;
            out.append(piece.substr(i, stop - i));
            i = stop;
            if (i == piece.size()) break;
        }
        take(piece[i++], out);
    }
    return i;
}

void DotUnstuffer::take(char c, std::string& out) {
    const State before = state_;
    // What was held back because it might have been the end turns out to be content: the dot that stuffing
    // put there goes (RFC 5321 section 4.5.2), the CR after it stays.
    if (before == State::dot_cr && c == '\n') {
        state_ = State::done;
        return;
    }
    if (before == State::line_start && c == '.') {
        state_ = State::dot;
        return;
    }
    if (before == State::dot && c == '\r') {
        state_ = State::dot_cr;
        return;
    }
    if (before == State::dot_cr) out += '\r';
    const bool after_cr = before == State::after_cr || before == State::dot_cr;
    if (after_cr != (c == '\n')) bare_ = true;
    out += c;
    if (c == '\r')
        state_ = State::after_cr;
    else
        state_ = after_cr && c == '\n' ? State::line_start : State::within;
}

std::uint64_t stuffed_size(std::string_view content) {
    std::uint64_t size = content.size() + 3;
    if (!content.empty() && !content.ends_with("\r\n")) size += 2;
    if (content.starts_with('.')) ++size;
    for (auto at = content.find("\r\n."); at != std::string_view::npos; at = content.find("\r\n.", at + 3))
        ++size;
    return size;
}

} // namespace postopolis::smtp
