// A thin, checked hold on an SQLite database that is being written: the first error stays and stops the rest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "postopolis/kernel/time.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace postopolis::metrics {

class Database {
public:
    /// Creates the file anew, without a journal: a file that is not completed is not used anyway.
    explicit Database(const std::filesystem::path& path);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    void execute(const char* sql);
    /// Rows that the last statement inserted or changed.
    std::int64_t changes() const;
    /// True if closed without any error. Statements must be gone.
    bool close();

    const std::optional<std::string>& error() const { return error_; }
    const std::filesystem::path& path() const { return path_; }

private:
    friend class Statement;
    void fail();
    std::filesystem::path path_;
    sqlite3* handle_ = nullptr;
    std::optional<std::string> error_;
};

/// A prepared statement: add the values in the order of its parameters, then run().
class Statement {
public:
    Statement(Database& database, const char* sql);
    /// Inserts rows, by `insert` ("INSERT INTO copies") and `row`, what a row is made of ("NULL, ?, ?"). Add
    /// the values of a row, then run(): many rows are inserted at once, which halves the work. Before anybody
    /// else may look at the table, flush().
    Statement(Database& database, std::string_view insert, std::string_view row);
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    Statement& add(std::int64_t value);
    Statement& add(std::uint64_t value) { return add(static_cast<std::int64_t>(value)); }
    Statement& add(int value) { return add(std::int64_t{value}); }
    Statement& add(kernel::Time t) { return add(t.since_start().count()); } ///< in nanoseconds since the run began
    /// Not UTF-8: with U+FFFD, as readers would stumble.
    Statement& add(std::string_view value);
    Statement& add(const char* value) { return add(std::string_view(value)); }
    /// Without a copy: the text must stay as it is until run(), or flush() where there is one.
    Statement& lend(std::string_view value);
    Statement& null();
    /// 0 is "none": NULL.
    Statement& id(std::uint64_t value) { return value != 0 ? add(value) : null(); }
    void run();
    void flush();

private:
    static constexpr std::int64_t kRows = 32;
    void prepare(std::string_view sql);
    void step();
    Statement& bind(std::string_view clean, bool lent);

    Database& database_;
    sqlite3_stmt* handle_ = nullptr;
    int next_ = 1;
    std::int64_t rows_ = 0;     ///< that wait
    std::int64_t capacity_ = 0; ///< rows of a run; 0 where it doesn't insert rows by and by
    std::string scratch_;
};

} // namespace postopolis::metrics
