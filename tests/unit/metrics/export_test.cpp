// The exports of the town that is told by hand, read by Python's json, csv, sqlite3 and mailbox.
#include "export_fixture.hpp"

#include <doctest/doctest.h>

using namespace export_test;
using metrics::ExportOptions;
using metrics::ExportSet;

namespace {

ExportOptions options_for(const fs::path& directory) {
    ExportOptions o;
    o.directory = directory;
    o.start_unix_seconds = 1'767'600'000;
    o.node_name = [](trace::NodeId) { return std::string("town hall"); };
    return o;
}

void export_town(const fs::path& directory, const std::vector<std::string>& names) {
    auto opened = ExportSet::open(names, options_for(directory));
    REQUIRE(std::holds_alternative<ExportSet>(opened));
    ExportSet& exports = std::get<ExportSet>(opened);
    Town town(&exports);
    town.live();
    const auto error = exports.finish(town.facts(), town.ledger);
    CHECK_MESSAGE(!error, *error);
    for (const fs::path& file : exports.files())
        CHECK(fs::exists(file));
    for (const auto& entry : fs::directory_iterator(directory))
        CHECK(entry.path().extension() != ".part");
}

/// Runs a script in `directory`; its assertions decide.
bool python_agrees(const fs::path& directory, const std::string& script) {
    std::ofstream(directory / "check.py") << script;
    const std::string command = "cd '" + directory.string() + "' && " POSTOPOLIS_PYTHON " -X utf8 check.py";
    return std::system(command.c_str()) == 0;
}

} // namespace

TEST_CASE("jsonl: every line is an object with time, node and kind") {
    Folder folder;
    export_town(folder.path, {"jsonl"});
    CHECK(python_agrees(folder.path, R"py(
import json
events = [json.loads(line) for line in open('trace.jsonl', encoding='utf-8')]
kinds = [e['kind'] for e in events]
assert 'Spoke' not in kinds
assert kinds.count('Composed') == 4 and kinds.count('Delivered') == 4 and kinds.count('Passed') == 11, kinds
assert all(e['node'] == 0 and e['node_name'] == 'town hall' for e in events)
assert all(round(e['time'] * 1e9) == e['time_ns'] for e in events)
assert [e['id'] for e in events] == list(range(1, len(events) + 1))
first = events[0]
assert first['subject'] == 'Hello, "world" \u00e9' and first['sender'] == 'alice@yourcompany.example'
assert first['recipients'] == ['bob@yourcustomer.example', 'carol@yourcustomer.example']
assert first['copies'] == [11, 12] and first['recipient_kinds'] == ['to', 'to']
reply = [e for e in events if e.get('letter_kind') == 'reply'][0]
assert reply['subject'] == 'bad \ufffd\ufffd byte', reply
assert [e for e in events if e.get('letter_kind') == 'bounce'][0]['sender'] is None
for e in events:
    if e['kind'] == 'Passed':
        assert sum(e['spent_ns'].values()) == e['time_ns'] - e['begin_ns']
deferred = [e for e in events if e['kind'] == 'Deferred'][0]
assert deferred['backoff'] == 'backoff_greylisted' and deferred['next_try_ns'] == 302 * 10**9
assert [e for e in events if e['kind'] == 'Connected'][0]['server_address'] == '198.51.100.25'
)py"));
}

TEST_CASE("csv: a row per copy, quoted by RFC 4180, causes adding up to the nanosecond") {
    Folder folder;
    export_town(folder.path, {"csv"});
    CHECK(python_agrees(folder.path, R"py(
import csv
from decimal import Decimal
raw = open('copies.csv', 'rb').read()
assert raw.count(b'\r\n') == raw.count(b'\n') == 7
rows = {int(r['copy_id']): r for r in csv.DictReader(open('copies.csv', newline='', encoding='utf-8'), strict=True)}
assert sorted(rows) == [11, 12, 13, 14, 15, 16]
assert rows[11]['subject'] == 'Hello, "world" \u00e9' and rows[14]['subject'] == 'bad \ufffd\ufffd byte'
assert rows[11]['settled_s'] == '303.500000000' and rows[11]['read_s'] == '363.500000000'
assert rows[12]['fate'] == 'bounced' and rows[12]['code'] == '550' and rows[12]['reason'] == 'No such user'
assert rows[12]['report_letter_id'] == '2' and rows[12]['read_s'] == ''
assert rows[13]['sender'] == '' and rows[13]['kind'] == 'bounce' and rows[13]['about_letter_id'] == '1'
assert rows[14]['fate'] == 'in_transit' and rows[14]['settled_s'] == ''
assert rows[16]['duplicate'] == '1' and rows[15]['duplicate'] == '0'
columns = list(rows[11])
causes = columns[columns.index('delay_s') + 1:]
assert len(causes) == 14
for r in rows.values():
    assert sum(Decimal(r[c]) for c in causes) == Decimal(r['delay_s'])
assert rows[11]['backoff_greylisted_s'] == '299.000000000' and rows[16]['delay_s'] == '302.000000000'
)py"));
}

TEST_CASE("json: the summary") {
    Folder folder;
    export_town(folder.path, {"json"});
    CHECK(python_agrees(folder.path, R"py(
import json
s = json.load(open('summary.json'))
assert s['copies'] == sum(s['fates'].values()) == 6 and s['balanced'] is True
assert abs(sum(s['delay']['causes'].values()) - s['delay']['mean']) < 1e-9
)py"));
}

TEST_CASE("sqlite: keys hold, sums agree, and every copy's stages are its delay") {
    Folder folder;
    export_town(folder.path, {"sqlite"});
    CHECK(python_agrees(folder.path, R"py(
import sqlite3
db = sqlite3.connect('file:run.sqlite?mode=ro', uri=True)
one = lambda q: db.execute(q).fetchone()[0]
assert db.execute('PRAGMA foreign_key_check').fetchall() == []
assert one('PRAGMA integrity_check') == 'ok'
assert dict(db.execute('SELECT key, value FROM run'))['fingerprint'] == '0123456789abcdef'
assert dict(db.execute('SELECT key, value FROM run'))['end_ns'] == 800 * 10**9
assert one('SELECT count(*) FROM letters') == 4 and one('SELECT count(*) FROM copies') == 6
assert db.execute('SELECT fate, count(*) FROM copies GROUP BY fate ORDER BY 1').fetchall() == [
    ('bounced', 1), ('delivered', 4), ('in_transit', 1)]
delays = dict(db.execute('SELECT copy_id, delay_ns / 1e9 FROM copies'))
assert delays == {11: 363.5, 12: 2, 13: 2, 14: 0, 15: 2, 16: 302}, delays
for table, amount in (('causes', 'spent_ns'), ('stages', 'end_ns - begin_ns')):
    sums = dict(db.execute(f'SELECT copy_id, sum({amount}) / 1e9 FROM {table} GROUP BY copy_id'))
    assert {**{14: 0}, **sums} == delays, (table, sums)
assert one('SELECT count(*) FROM (SELECT stage_id FROM stages JOIN stage_causes USING (stage_id) '
           'GROUP BY stage_id HAVING sum(spent_ns) <> end_ns - begin_ns)') == 0
# Copy 16 went on from copy 15's submission: stages without a gap.
assert db.execute('SELECT begin_ns / 1000000000, end_ns / 1000000000 FROM stages WHERE copy_id = 16 '
                  'ORDER BY begin_ns').fetchall() == [(400, 401), (401, 701), (701, 702)]
assert one('SELECT count(*) FROM transfers WHERE copy_id = 16') == 2
assert db.execute('SELECT code, cause, next_try_ns FROM deferrals').fetchall() == [
    (451, 'backoff_greylisted', 302 * 10**9)]
assert db.execute('SELECT client_address, server_port, closed FROM connections').fetchall() == [
    ('192.0.2.1', 25, 'closed')]
assert one('SELECT from_cache FROM lookups') == 1
assert one('SELECT report_letter_id FROM copies WHERE copy_id = 12') == 2
assert db.execute('SELECT delay_s, backoff_s, pickup_s FROM delays WHERE copy_id = 11').fetchone() == (363.5, 299, 60)
assert one("SELECT subject FROM letters WHERE letter_id = 3") == 'bad \ufffd\ufffd byte'
)py"));
}

TEST_CASE("sqlite: the members of a list have the way of the list's copy behind them") {
    Folder folder;
    const std::vector<std::string> names{"sqlite"};
    auto opened = ExportSet::open(names, options_for(folder.path));
    ExportSet& exports = std::get<ExportSet>(opened);
    Town town(&exports);
    town.live();
    town.expand();
    const auto error = exports.finish(town.facts(), town.ledger);
    CHECK_MESSAGE(!error, *error);
    CHECK(python_agrees(folder.path, R"py(
import sqlite3
db = sqlite3.connect('file:run.sqlite?mode=ro', uri=True)
assert db.execute('PRAGMA foreign_key_check').fetchall() == []
stages = lambda copy: db.execute('SELECT stage, begin_ns / 1000000000, end_ns / 1000000000 FROM stages '
                                 'WHERE copy_id = ? ORDER BY begin_ns', (copy,)).fetchall()
way = [('submission', 800, 801), ('transfer', 801, 803)]
assert stages(17) == way and stages(18) == stages(19) == way + [('filing', 803, 804)]
assert db.execute('SELECT fate, reason FROM copies WHERE copy_id = 19').fetchone() == ('lost', 'crash')
assert db.execute('SELECT count(*) FROM stages JOIN (SELECT stage_id, sum(spent_ns) AS spent FROM stage_causes '
                  'GROUP BY stage_id) USING (stage_id) WHERE spent <> end_ns - begin_ns').fetchone() == (0,)
)py"));
}

TEST_CASE("mbox: Python's mailbox reads each message as it was filed") {
    Folder folder;
    export_town(folder.path, {"mbox"});
    CHECK(python_agrees(folder.path, R"py(
import email, email.policy, mailbox, os
assert sorted(os.listdir('mbox')) == ['alice@yourcompany.example.mbox', 'bob@yourcustomer.example.mbox']
box = mailbox.mbox('mbox/bob@yourcustomer.example.mbox', create=False)
assert len(box) == 3
for m in box:
    assert m['Return-Path'] == '<alice@yourcompany.example>' and m['Subject'] == 'A brilliant message'
    parsed = email.message_from_bytes(m.as_bytes(), policy=email.policy.default.clone(raise_on_defect=True))
    body = parsed.get_content().replace('\r\n', '\n')
    assert body.startswith('>From here to there\n>>From quoted\n'), body  # mboxrd, undone by one '>'
assert box.get_message(0).get_from() == 'alice@yourcompany.example Mon Jan  5 08:05:03 2026', box.get_message(0).get_from()
)py"));
}

TEST_CASE("mbox: no address escapes the directory or shares a file") {
    Folder folder;
    const std::vector<std::string> names{"mbox"};
    auto opened = ExportSet::open(names, options_for(folder.path));
    ExportSet& exports = std::get<ExportSet>(opened);
    Town town(&exports);
    const std::vector<std::string> mailboxes{"../../etc/passwd@x.example",
                                             "a/b@x.example",
                                             "a%2Fb@x.example",
                                             ".",
                                             "..",
                                             "",
                                             "\"a b\"@x.example",
                                             std::string(300, 'a') + "1",
                                             std::string(300, 'a') + "2"};
    trace::CopyId copy = 100;
    for (const std::string& mailbox : mailboxes) {
        ++copy;
        town.compose(copy, trace::LetterKind::letter, 0, town.alice, "x", {town.bob}, {copy});
        town.deliver(copy, copy, mailbox);
    }
    const auto error = exports.finish(town.facts(), town.ledger);
    CHECK_MESSAGE(!error, *error);
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path / "mbox")) {
        CHECK(entry.is_regular_file());
        CHECK(entry.path().filename().string().front() != '.');
        ++files;
    }
    CHECK(files == mailboxes.size());
}

TEST_CASE("transcript: who said what and when, content marked, terminals safe") {
    Folder folder;
    export_town(folder.path, {"transcript"});
    CHECK(contents(folder.path / "transcripts.txt") ==
          "== connection 77: mail.yourcompany.example [192.0.2.1:49152] to mx.yourcustomer.example "
          "[198.51.100.25:25]\n"
          "      1.000000000 -- connected after 0.080000000 s\n"
          "      1.000000000 S: 220 mx.yourcustomer.example ESMTP\n"
          "      1.000000000 C: DATA\n"
          "      1.000000000 C| Subject: x\n"
          "      1.000000000 C| \n"
          "      1.000000000 C| split line\\x1b[2J\n"
          "      1.000000000 C| .\n"
          "      1.000000000 S: 250-two\n"
          "      1.000000000 S: 250 lines\n"
          "      1.000000000 -- closed\n\n");
}

TEST_CASE("the same run gives the same bytes") {
    Folder a, b;
    const std::vector<std::string> all{"jsonl", "csv",        "json",    "sqlite", "mbox", "maildir",
                                       "eml",   "transcript", "maillog", "pcap"};
    export_town(a.path, all);
    export_town(b.path, all);
    std::size_t compared = 0;
    for (const auto& entry : fs::recursive_directory_iterator(a.path)) {
        if (!entry.is_regular_file()) continue;
        CAPTURE(entry.path());
        CHECK(contents(entry.path()) == contents(b.path / fs::relative(entry.path(), a.path)));
        ++compared;
    }
    CHECK(compared == 17); // of three directories two, four and four files
}
