#!/usr/bin/env python3
"""What Wireshark makes of captures: `capture_test.py PROGRAM SOURCE_DIR`.

tshark reads the capture of every shipped scenario: nothing is malformed, no checksum is wrong, and each command,
reply, message and look-up that the trace has is seen by its dissectors. The rest is on captures at a host, on a link
and of one letter.
"""
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

PROGRAM, SOURCES = None, None
TSHARK = shutil.which("tshark")
# Their packets are many.
LESS = {"campus": ["--until", "40m"], "lossy-line": ["--until", "2m"]}
PROTOCOLS = ("smtp", "smtp replies", "pop", "pop replies", "imap", "messages")
ERROR = 0x00800000  # Wireshark's PI_ERROR, the highest severity
FIELDS = ["frame.time_epoch", "_ws.malformed", "_ws.expert.severity", "tcp.srcport", "tcp.dstport",
          "smtp.req.command", "smtp.response.code", "pop.request.command", "pop.response.indicator", "imf.message_id", "imap.request.command",
          "dns.flags.response", "dns.flags.recdesired", "dns.qry.name", "tcp.analysis.lost_segment", "ip.src", "ip.dst",
          "tcp.flags.syn", "tcp.flags.fin", "tcp.analysis.retransmission", "tcp.len"]
PREFERENCES = ["ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE",
               "tcp.reassemble_out_of_order:TRUE"]


def dissect(capture):
    """What tshark says of each packet: a dictionary of lists."""
    options = [word for preference in PREFERENCES for word in ("-o", preference)]
    for field in FIELDS:
        options += ["-e", field]
    done = subprocess.run([TSHARK, "-r", str(capture), "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|",
                           "-E", "separator=/t", *options], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        yield {field: cell.split("|") if cell else [] for field, cell in zip(FIELDS, line.split("\t"))}


def said(transcripts):
    """What the trace has: commands, replies and messages of each protocol."""
    heard = {name: Counter() for name in PROTOCOLS}
    port, waiting, refused = 0, [], False
    for line in transcripts.read_text(encoding="utf-8").splitlines():
        head = re.match(r"== connection \d+: .* to .*\[[\d.]+:(\d+)\]$", line)
        if head:
            port, waiting, refused = int(head.group(1)), ["greeting"], False
            continue
        spoken = re.match(r" *[\d.]+ ([CS])([:|]) (.*)", line)
        if not spoken:
            continue
        who, kind, words = spoken.groups()
        if port == 110:
            if who == "C":
                heard["pop"][words.split(" ")[0]] += 1
            elif re.match(r"\+OK\b|-ERR\b", words):
                heard["pop replies"][words.split(" ")[0]] += 1
        elif port == 143:
            command = re.match(r"\w+ (?:UID )?(\w+)", words)
            if who == "C" and kind == ":" and command:
                heard["imap"][command[1].upper()] += 1
        elif kind == "|":
            heard["messages"]["ends"] += words == "."
            waiting += ["."] * (words == ".")
        elif who == "C":
            verb = words.split(" ")[0].upper()
            waiting.append(verb)
            # After a DATA that was refused, Wireshark takes what follows for a message.
            heard["smtp"][verb] += not (refused and verb == "QUIT")
        elif words[3:4] != "-":
            heard["smtp replies"][words[:3]] += 1
            refused = refused or (waiting.pop(0) if waiting else "") == "DATA" and words[:3] != "354"
    return heard


def seen(packets):
    found = {name: Counter() for name in PROTOCOLS}
    for packet in packets:
        found["smtp"].update(verb.upper() for verb in packet["smtp.req.command"])
        found["smtp replies"].update(packet["smtp.response.code"])
        found["pop"].update(packet["pop.request.command"])
        found["pop replies"].update(packet["pop.response.indicator"])
        found["imap"].update(verb.upper() for verb in packet["imap.request.command"])
        if not {"110", "143"} & set(packet["tcp.srcport"] + packet["tcp.dstport"]):
            found["messages"]["ends"] += bool(packet["imf.message_id"])  # reports have others in them
            # Where a segment ends within CR LF . CR LF, Wireshark does not see the end, nor the command after it.
            if int((packet["tcp.len"] or ["0"])[0]) in range(1, 5) and not packet["tcp.analysis.retransmission"]:
                found["messages"]["ends"] += 1
                found["smtp"]["QUIT"] += 1
    return found


@unittest.skipUnless(TSHARK, "tshark is not installed")
class Captures(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.runs = 0

    def play(self, scenario, *more, exports="pcap,transcript,jsonl"):
        self.runs += 1
        out = Path(self.folder.name) / str(self.runs)
        done = subprocess.run([PROGRAM, "run", str(SOURCES / f"scenarios/{scenario}.json"), "--json", "--out", str(out),
                               "--export", exports, *LESS.get(scenario, []), *more],
                              capture_output=True, text=True, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        self.fingerprint = json.loads(done.stdout)["fingerprint"]
        return out

    def trace(self, out):
        with open(out / "trace.jsonl", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def check_sound(self, packets):
        times = [packet["frame.time_epoch"][0] for packet in packets]
        self.assertEqual(times, sorted(times))  # the same number of digits
        for number, packet in enumerate(packets, 1):
            self.assertEqual(packet["_ws.malformed"], [], f"frame {number}")
            self.assertFalse([s for s in packet["_ws.expert.severity"] if int(s) >= ERROR], f"frame {number}")

    def check_dialogues(self, seen_by_wireshark, transcripts):
        """The same, but for what was under way when the clock stopped: it has been sent and not heard."""
        cut = transcripts.read_text(encoding="utf-8").count("still open when the clock stopped")
        heard = said(transcripts)
        for protocol in PROTOCOLS:
            more = Counter(seen_by_wireshark[protocol])
            more.subtract(+heard[protocol])
            self.assertEqual({k: n for k, n in more.items() if not 0 <= n <= cut}, {}, protocol)
            if cut == 0:
                self.assertEqual(+seen_by_wireshark[protocol], +heard[protocol])

    def test_every_shipped_scenario(self):
        for path in sorted((SOURCES / "scenarios").glob("*.json")):
            with self.subTest(scenario=path.stem):
                out = self.play(path.stem)
                packets = list(dissect(out / "capture.pcapng"))
                self.assertGreater(len(packets), 30)
                self.check_sound(packets)
                self.assertEqual([p for p in packets if p["tcp.analysis.lost_segment"]], [],
                                 "a segment is missing, though lost ones are captured too")
                self.check_dialogues(seen(packets), out / "transcripts.txt")
                events = self.trace(out)
                asked = Counter(e["question"] for e in events if e["kind"] == "LookedUp" and e["result"] != "timeout" and
                                e["host"] != e["resolver"])
                answered = Counter(p["dns.qry.name"][0].lower() for p in packets
                                   if p["dns.flags.response"] == ["1"] and p["dns.flags.recdesired"] == ["1"])
                self.assertEqual(answered, asked)
                opened = sum(e["kind"] in ("Connected", "ConnectFailed") for e in events)
                streams = {(p["ip.src"][0], p["tcp.srcport"][0], p["ip.dst"][0], p["tcp.dstport"][0])
                           for p in packets if p["tcp.flags.syn"] == ["1"]}
                self.assertGreaterEqual(len(streams), opened)  # those of answers too

    def test_looking_changes_nothing(self):
        self.play("lossy-line")
        looked_at = self.fingerprint
        self.play("lossy-line", exports="json")
        self.assertEqual(self.fingerprint, looked_at)

    def test_it_is_the_same_capture_on_any_number_of_threads(self):
        for scenario, more in (("relay-hierarchy", []), ("lossy-line", ["--capture", "letter=3"])):
            captures = {(self.play(scenario, "-j", threads, *more, exports="pcap") / "capture.pcapng").read_bytes()
                        for threads in ("1", "2", "3")}
            self.assertEqual(len(captures), 1)
            self.assertGreater(len(captures.pop()), 2000)

    def test_at_a_host(self):
        town = [p for p in dissect(self.play("post-office") / "capture.pcapng")]
        host = [p for p in dissect(self.play("post-office", "--capture", "host=in.yourcustomer.example") /
                                   "capture.pcapng")]
        self.check_sound(host)
        ends = Counter((p["ip.src"][0], p["ip.dst"][0]) for p in town)
        addresses = set.intersection(*({p["ip.src"][0], p["ip.dst"][0]} for p in host))
        self.assertEqual(len(addresses), 1, "one address is in all packets")
        mine = addresses.pop()
        self.assertEqual(len(host), sum(n for pair, n in ends.items() if mine in pair))
        sent = [p["frame.time_epoch"] for p in host if p["ip.src"] == [mine]]
        self.assertEqual(sent, [p["frame.time_epoch"] for p in town if p["ip.src"] == [mine]])
        came = [p["frame.time_epoch"][0] for p in host if p["ip.dst"] == [mine]]
        left = [p["frame.time_epoch"][0] for p in town if p["ip.dst"] == [mine]]
        self.assertTrue(all(late > early for late, early in zip(came, left)))

    def test_a_lost_packet_is_sent_again_and_never_arrives(self):
        out = self.play("lossy-line")
        town = list(dissect(out / "capture.pcapng"))
        self.assertGreater(sum(p["tcp.analysis.retransmission"] != [] for p in town), 20)
        ports = Counter(p["ip.dst"][0] for p in town if p["tcp.analysis.retransmission"])
        receiver = ports.most_common(1)[0][0]
        names = {e["server_address"]: e["server"] for e in self.trace(out) if e["kind"] == "Connected"}
        host = list(dissect(self.play("lossy-line", "--capture", f"host={names[receiver]}", exports="pcap") /
                            "capture.pcapng"))
        self.check_sound(host)
        self.assertTrue([p for p in host if p["tcp.analysis.lost_segment"]], "a receiver sees gaps")
        self.assertLess(sum(p["ip.dst"] == [receiver] for p in host), sum(p["ip.dst"] == [receiver] for p in town))

    def test_on_a_link(self):
        out = self.play("relay-hierarchy", "--capture", "link=west coast--east coast")
        packets = list(dissect(out / "capture.pcapng"))
        self.check_sound(packets)
        town = list(dissect(self.play("relay-hierarchy") / "capture.pcapng"))
        self.assertGreater(len(packets), 100)
        self.assertLess(len(packets), len(town))
        pairs = {frozenset((p["ip.src"][0], p["ip.dst"][0])) for p in packets}
        crossing = [p for p in town if frozenset((p["ip.src"][0], p["ip.dst"][0])) in pairs]
        self.assertEqual(len(packets), len(crossing), "all that the two say to each other goes that way")

    def test_of_one_letter(self):
        out = self.play("unknown-user", "--capture", "letter=1")
        packets = list(dissect(out / "capture.pcapng"))
        self.check_sound(packets)
        events = self.trace(out)
        letter = next(e for e in events if e["kind"] == "Composed")
        taken = sum(e["kind"] == "Accepted" and e["letter"] == letter["letter"] and e["connection"] != 0
                    for e in events)
        about = set()
        for e in events:
            if e.get("letter", letter["letter"] if e["cause"] in about else 0) == letter["letter"]:
                about.add(e["id"])
        found = seen(packets)
        self.assertEqual(found["messages"]["ends"], taken)
        ids = {i.strip("<>") for p in packets for i in p["imf.message_id"]}
        self.assertIn(letter["message_id"], ids)
        whole = list(dissect(self.play("unknown-user") / "capture.pcapng"))
        self.assertLess(len(packets), len(whole))
        asked = {p["dns.qry.name"][0] for p in packets if p["dns.flags.response"]}
        self.assertEqual(asked, {e["question"] for e in events
                                 if e["kind"] == "LookedUp" and e["cause"] in about and not e["from_cache"]})
        self.assertTrue(asked)
        # Each connection is there from its SYN to its FINs.
        self.assertEqual(sum(p["tcp.flags.fin"] == ["1"] for p in packets),
                         sum(p["tcp.flags.syn"] == ["1"] for p in packets))


if __name__ == "__main__":
    PROGRAM, SOURCES = sys.argv[1], Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1])
