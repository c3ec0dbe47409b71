// SQLite's C interface, with every return value looked at.
#include "metrics/database.hpp"

#include <system_error>

#include <sqlite3.h>

#include "metrics/text.hpp"

namespace postopolis::metrics {

Database::Database(const std::filesystem::path& path) : path_(path) {
    std::error_code ec;
    std::filesystem::remove(path, ec);
    if (ec) {
        error_ = path.string() + ": " + ec.message();
        return;
    }
    constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path.c_str(), &handle_, kFlags, nullptr) != SQLITE_OK) fail();
    execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
            "PRAGMA cache_size = -32000;");
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

std::int64_t Database::changes() const {
    return handle_ != nullptr ? sqlite3_changes64(handle_) : 0;
}

bool Database::close() {
    if (handle_ != nullptr && sqlite3_close(handle_) != SQLITE_OK)
        fail();
    else
        handle_ = nullptr;
    return !error_;
}

Statement::Statement(Database& database, const char* sql) : database_(database) {
    prepare(sql);
}

Statement::Statement(Database& database, std::string_view insert, std::string_view row)
    : database_(database), capacity_(kRows) {
    std::string sql(insert);
    for (std::int64_t i = 0; i < capacity_; ++i)
        sql.append(i == 0 ? " SELECT * FROM (VALUES (" : "), (").append(row);
    prepare(sql += ")) LIMIT ?");
}

void Statement::prepare(std::string_view sql) {
    if (database_.error_) return;
    constexpr unsigned kFlags = SQLITE_PREPARE_PERSISTENT;
    if (sqlite3_prepare_v3(database_.handle_, sql.data(), static_cast<int>(sql.size()), kFlags, &handle_,
                           nullptr) != SQLITE_OK)
        database_.fail();
}

Statement::~Statement() {
    sqlite3_finalize(handle_);
}

Statement& Statement::add(std::int64_t value) {
    if (handle_ != nullptr && sqlite3_bind_int64(handle_, next_++, value) != SQLITE_OK) database_.fail();
    return *this;
}

Statement& Statement::add(std::string_view value) {
    return bind(utf8(value, scratch_), false);
}

Statement& Statement::lend(std::string_view value) {
    const std::string_view clean = utf8(value, scratch_);
    return bind(clean, clean.data() == value.data());
}

Statement& Statement::bind(std::string_view clean, bool lent) {
    if (handle_ == nullptr) return *this;
    if (clean.data() == nullptr) clean = "";
    const auto keep = lent ? SQLITE_STATIC : SQLITE_TRANSIENT; // NOLINT: macros of SQLite's
    if (sqlite3_bind_text64(handle_, next_++, clean.data(), clean.size(), keep, SQLITE_UTF8) != SQLITE_OK)
        database_.fail();
    return *this;
}

Statement& Statement::null() {
    if (handle_ != nullptr && sqlite3_bind_null(handle_, next_++) != SQLITE_OK) database_.fail();
    return *this;
}

void Statement::run() {
    if (capacity_ == 0) return step();
    if (++rows_ == capacity_) flush();
}

void Statement::flush() {
    if (rows_ == 0) return;
    next_ = handle_ != nullptr ? sqlite3_bind_parameter_count(handle_) : 1; // the limit is the last
    add(rows_);
    rows_ = 0;
    step();
}

void Statement::step() {
    next_ = 1;
    if (handle_ == nullptr || database_.error_) return;
    if (sqlite3_step(handle_) != SQLITE_DONE) database_.fail();
    sqlite3_reset(handle_);
}

} // namespace postopolis::metrics
