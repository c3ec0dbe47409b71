// mboxrd writing. See the header.
#include "postopolis/mail/mbox.hpp"

namespace postopolis::mail {

void append_mbox(std::string& out, const Message& message, const AddressPtr& sender, Date delivered) {
    out += "From ";
    std::string name = sender ? sender->text() : "MAILER-DAEMON";
    for (char& c : name)
        if (c == ' ') c = '_'; // a quoted local part may hold blanks, at which readers would split the line
    out += name + ' ' + asctime_text(delivered) + '\n';

    const std::string text = message.text();
    out.reserve(out.size() + text.size() + 1);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t feed = text.find('\n', at);
        const std::size_t next = feed == std::string::npos ? text.size() : feed + 1;
        std::string_view line = std::string_view(text).substr(at, next - at);
        if (line.ends_with("\r\n")) line.remove_suffix(2);
        const std::size_t quotes = line.find_first_not_of('>');
        if (quotes != std::string_view::npos && line.substr(quotes).starts_with("From ")) out += '>';
        out += line;
        if (!line.ends_with('\n')) out += '\n';
        at = next;
    }
    out += '\n';
}

} // namespace postopolis::mail
