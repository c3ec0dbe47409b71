// SQLite for results that are added to over days: each transaction is on the disk when it ends, whatever
// happens to the program then. The first error stays and stops the rest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace postopolis::experiment {

class Database {
public:
    /// Opens the file, which must exist; an empty one is a database without tables.
    explicit Database(const std::filesystem::path& path);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    void execute(const char* sql);
    const std::optional<std::string>& error() const { return error_; }

private:
    friend class Query;
    void fail();
    std::filesystem::path path_;
    sqlite3* handle_ = nullptr;
    std::optional<std::string> error_;
};

/// A prepared statement: add the values of its parameters in their order, then run() or step through the
/// rows.
class Query {
public:
    Query(Database& database, const char* sql);
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query();

    Query& add(std::int64_t value);
    Query& add(std::uint64_t value) { return add(static_cast<std::int64_t>(value)); }
    /// A number that does not exist (NaN, infinite) is NULL.
    Query& add(double value);
    Query& add(std::string_view value);
    Query& null();
    void run();

    /// False when there are no more rows; the parameters may be added anew then.
    bool step();
    std::int64_t integer(int column) const;
    double real(int column) const;
    bool is_null(int column) const;
    std::string text(int column) const;

private:
    Database& database_;
    sqlite3_stmt* handle_ = nullptr;
    int next_ = 1;
};

} // namespace postopolis::experiment
