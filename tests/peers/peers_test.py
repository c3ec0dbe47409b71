"""Our SMTP against others': Python's smtplib talks to our server, our client to aiosmtpd, where it is installed.

usage: peers_test.py SMTP_PEER
"""

import smtplib
import socket
import subprocess
import sys
import unittest

PEER = sys.argv.pop(1)
MESSAGE = "Subject: Hello\r\n\r\nOne line.\r\n..Two dots.\r\n"


class Server:
    def __init__(self, *kind):
        self.process = subprocess.Popen([PEER, "server", *kind], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def told(self):
        return self.process.stdout.readline().split()


class OurServer(unittest.TestCase):
    def test_extensions_and_a_message(self):
        with Server() as server, smtplib.SMTP("127.0.0.1", server.port) as client:
            code, _ = client.ehlo("client.example")
            self.assertEqual(code, 250)
            for name in ("pipelining", "8bitmime", "size", "enhancedstatuscodes", "dsn", "chunking", "binarymime", "auth"):
                self.assertTrue(client.has_extn(name), name)
            self.assertEqual(client.esmtp_features["size"], "100000")
            refused = client.sendmail("a@client.example", ["b@mx.example", "nobody@mx.example"], MESSAGE,
                                      mail_options=["BODY=8BITMIME", "RET=HDRS"], rcpt_options=["NOTIFY=SUCCESS,DELAY"])
            self.assertEqual({who: reply[0] for who, reply in refused.items()}, {"nobody@mx.example": 550})
            self.assertEqual(server.told(), ["message", str(len(MESSAGE)), "ESMTP", "b@mx.example[SUCCESS,DELAY]"])

    def test_auth_by_each_mechanism(self):
        for mechanism in ("auth_plain", "auth_login", "auth_cram_md5"):
            with self.subTest(mechanism), Server() as server, smtplib.SMTP("127.0.0.1", server.port) as client:
                client.ehlo("client.example")
                client.user, client.password = "test", "wrong"
                name = mechanism[5:].upper().replace("_", "-")
                with self.assertRaises(smtplib.SMTPAuthenticationError):
                    client.auth(name, getattr(client, mechanism))
                client.password = "1234"
                self.assertEqual(client.auth(name, getattr(client, mechanism))[0], 235)

    def test_chunks(self):
        with Server() as server, smtplib.SMTP("127.0.0.1", server.port) as client:
            client.ehlo("client.example")
            client.mail("a@client.example", ["BODY=BINARYMIME"])
            client.rcpt("b@mx.example")
            self.assertEqual(client.docmd("DATA")[0], 503)
            client.send("BDAT 10\r\n0123456789BDAT 3 LAST\r\nabc")
            self.assertEqual([client.getreply()[0] for _ in range(2)], [250, 250])
            self.assertEqual(server.told()[:2], ["message", "13"])

    def test_refusals(self):
        with Server() as server, smtplib.SMTP("127.0.0.1", server.port) as client:
            client.ehlo("client.example")
            with self.assertRaises(smtplib.SMTPSenderRefused) as caught:
                client.sendmail("a@client.example", ["b@mx.example"], "x" * 100_001)
            self.assertEqual(caught.exception.smtp_code, 552)
            for line, code in (("MAIL FROM: <a@b.example>", 501), ("NOOP " + "x" * 600, 500), ("RCPT TO:<a@b>", 503),
                               ("XYZZY", 500), ("VRFY b", 252), ("EXPN list", 502), ("HELP", 214), ("NOOP", 250)):
                self.assertEqual(client.docmd(line)[0], code, line)

    def test_a_bare_line_end_ends_no_message(self):
        with Server() as server, socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.sendall(b"EHLO c.example\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\n"
                        b"one\n.\nMAIL FROM:<evil@c.example>\r\n.\r\nQUIT\r\n")
            while raw.recv(4096):
                pass
            self.assertEqual(server.told()[1], str(len("one\n.\nMAIL FROM:<evil@c.example>\r\n")))

    def test_old_server(self):
        with Server("old") as server, smtplib.SMTP("127.0.0.1", server.port) as client:
            self.assertEqual(client.sendmail("a@client.example", ["b@mx.example"], MESSAGE), {})
            self.assertFalse(client.does_esmtp)
            self.assertEqual(server.told()[2], "SMTP")

    def test_lmtp(self):
        with Server("lmtp") as server, smtplib.LMTP("127.0.0.1", server.port) as client:
            self.assertEqual(client.ehlo("client.example")[0], 250)  # smtplib says LHLO
            client.mail("a@client.example")
            for who in ("b@mx.example", "full@mx.example"):
                client.rcpt(who)
            self.assertEqual(client.docmd("DATA")[0], 354)
            client.send(MESSAGE + ".\r\n")
            self.assertEqual([client.getreply()[0] for _ in range(2)], [250, 452])


class OurClient(unittest.TestCase):
    def send(self, port, *kind):
        done = subprocess.run([PEER, "client", str(port), *kind], stdout=subprocess.PIPE, text=True, timeout=60, check=True)
        return done.stdout.split("\n")[:-1]

    def test_to_our_server(self):
        for kind in ((), ("lmtp",), ("old",)):
            with self.subTest(kind), Server(*kind) as server:
                said = self.send(server.port, *(k for k in kind if k == "lmtp"))
                self.assertEqual(said, ["delivered 250", "refused 550"])

    def test_to_aiosmtpd(self):
        try:
            from aiosmtpd.controller import Controller
        except ImportError:
            self.skipTest("python3-aiosmtpd is not installed")
        kept = []

        class Handler:
            async def handle_RCPT(self, server, session, envelope, address, options):
                if address.startswith("nobody@"):
                    return "550 5.1.1 User unknown"
                envelope.rcpt_tos.append(address)
                return "250 2.1.5 OK"

            async def handle_DATA(self, server, session, envelope):
                kept.append((session.host_name, envelope.mail_from, envelope.rcpt_tos, envelope.content))
                return "250 2.0.0 OK"

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        controller = Controller(Handler(), hostname="127.0.0.1", port=port)
        controller.start()
        try:
            self.assertEqual(self.send(port), ["delivered 250", "refused 550"])
        finally:
            controller.stop()
        self.assertEqual(kept, [("client.example", "a@client.example", ["bob@mx.example"],
                                 b"Subject: Hello\r\nFrom: <a@client.example>\r\n\r\n.A line that begins with a dot\r\n")])


if __name__ == "__main__":
    unittest.main()
