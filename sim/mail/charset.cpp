// UTF-8, US-ASCII and ISO-8859-1 by ourselves; the other charsets by the C library's iconv (POSIX), which is asked for
// known names only.
#include "mail/charset.hpp"

#include "mail/chars.hpp"
#include "mail/encode.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace postopolis::mail {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

std::string latin1_to_utf8(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < 0x80) {
            out += c;
        } else {
            out += static_cast<char>(0xc0U | octet >> 6U);
            out += static_cast<char>(0x80U | (octet & 0x3fU));
        }
    }
    return out;
}

bool is_known(std::string_view name) {
    constexpr std::array<std::string_view, 38> names{
        "iso-8859-2",   "iso-8859-3",   "iso-8859-4",   "iso-8859-5",   "iso-8859-6",   "iso-8859-7",
        "iso-8859-8",   "iso-8859-9",   "iso-8859-10",  "iso-8859-13",  "iso-8859-14",  "iso-8859-15",
        "iso-8859-16",  "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254",
        "windows-1255", "windows-1256", "windows-1257", "windows-1258", "koi8-r",       "koi8-u",
        "macintosh",    "ibm850",       "ibm866",       "iso-2022-jp",  "shift_jis",    "euc-jp",
        "gb2312",       "gbk",          "gb18030",      "big5",         "euc-kr",       "tis-620",
        "utf-16be",     "utf-16le"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

class Converter {
public:
    explicit Converter(const std::string& from) : handle_(iconv_open("UTF-8", from.c_str())) {}
    ~Converter() {
        if (good()) iconv_close(handle_);
    }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): POSIX has it so
    bool good() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

    std::string convert(std::string_view octets) {
        std::string out;
        std::array<char, 512> room{};
        char* in = const_cast<char*>(octets.data()); // NOLINT(cppcoreguidelines-pro-type-const-cast): iconv only reads
        std::size_t left = octets.size();
        while (left > 0) {
            char* to = room.data();
            std::size_t free = room.size();
            const std::size_t before = left;
            const std::size_t result = iconv(handle_, &in, &left, &to, &free);
            const int why = result == static_cast<std::size_t>(-1) ? errno : 0;
            out.append(room.data(), to);
            if (why == E2BIG && (left < before || to != room.data())) continue;
            if (why == 0) break;
            out += replacement; // an octet that means nothing here, or the beginning of a character at the end
            if (why != EILSEQ) break;
            ++in;
            --left;
        }
        return out;
    }

private:
    iconv_t handle_;
};

} // namespace

std::optional<std::string> to_utf8(std::string_view charset, std::string_view octets) {
    const std::string name = lower_text(charset);
    if (name == "utf-8" || name == "utf8" || name == "us-ascii" || name == "ascii") return valid_utf8(octets);
    if (name == "iso-8859-1" || name == "latin1") return latin1_to_utf8(octets);
    if (!is_known(name)) return std::nullopt;
    Converter converter(name);
    if (!converter.good()) return std::nullopt; // the system lacks it
    return converter.convert(octets);
}

} // namespace postopolis::mail
