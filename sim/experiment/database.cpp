// SQLite's C interface, with every return value looked at.
#include "experiment/database.hpp"

#include <cmath>

#include <sqlite3.h>

namespace postopolis::experiment {

Database::Database(const std::filesystem::path& path) : path_(path) {
    constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path.c_str(), &handle_, kFlags, nullptr) != SQLITE_OK) {
        fail();
        return;
    }
    // Those who look at the results meanwhile are waited for. A journal that is deleted, unlike a write-ahead
    // log, also works in directories of other machines and leaves one file.
    sqlite3_busy_timeout(handle_, 60'000);
    execute("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
}

Database::~Database() {
    sqlite3_close_v2(handle_);
}

void Database::fail() {
    if (!error_)
        error_ = path_.string() + ": " + (handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory");
}

void Database::execute(const char* sql) {
    if (!error_ && sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

Query::Query(Database& database, const char* sql) : database_(database) {
    if (database_.error_) return;
    if (sqlite3_prepare_v2(database_.handle_, sql, -1, &handle_, nullptr) != SQLITE_OK) database_.fail();
}

Query::~Query() {
    sqlite3_finalize(handle_);
}

Query& Query::add(std::int64_t value) {
    if (handle_ != nullptr && sqlite3_bind_int64(handle_, next_++, value) != SQLITE_OK) database_.fail();
    return *this;
}

Query& Query::add(double value) {
    if (!std::isfinite(value)) return null();
    if (handle_ != nullptr && sqlite3_bind_double(handle_, next_++, value) != SQLITE_OK) database_.fail();
    return *this;
}

Query& Query::add(std::string_view value) {
    if (handle_ == nullptr) return *this;
    const char* data = value.data() != nullptr ? value.data() : "";
    const int result = sqlite3_bind_text64(handle_, next_++, data, value.size(), SQLITE_TRANSIENT,
                                           SQLITE_UTF8); // NOLINT: a macro of SQLite's
    if (result != SQLITE_OK) database_.fail();
    return *this;
}

Query& Query::null() {
    if (handle_ != nullptr && sqlite3_bind_null(handle_, next_++) != SQLITE_OK) database_.fail();
    return *this;
}

void Query::run() {
    while (step()) {
    }
}

bool Query::step() {
    next_ = 1;
    if (handle_ == nullptr || database_.error_) return false;
    const int result = sqlite3_step(handle_);
    if (result == SQLITE_ROW) return true;
    if (result != SQLITE_DONE) database_.fail();
    sqlite3_reset(handle_);
    return false;
}

std::int64_t Query::integer(int column) const {
    return sqlite3_column_int64(handle_, column);
}
double Query::real(int column) const {
    return sqlite3_column_double(handle_, column);
}
bool Query::is_null(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}
std::string Query::text(int column) const {
    const auto* text = sqlite3_column_text(handle_, column);
    return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

} // namespace postopolis::experiment
