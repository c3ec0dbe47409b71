"""POP3 asked by Python's poplib and by curl. The argument is the server's program."""
import base64
import os
import poplib
import subprocess
import sys
import unittest

from mailboxes import Line, Served

served = None


class Pop3(unittest.TestCase):
    def client(self):
        return poplib.POP3("127.0.0.1", served.pop, timeout=20)

    def test_messages_come_back(self):
        c = self.client()
        c.user("alice")
        c.pass_("secret")
        self.assertEqual(c.stat(), (len(served.messages), sum(map(len, served.messages))))
        self.assertEqual([int(line.split()[1]) for line in c.list()[1]], list(map(len, served.messages)))
        for number, octets in enumerate(served.messages, 1):
            self.assertEqual(b"".join(line + b"\r\n" for line in c.retr(number)[1]), octets)
            head = octets if b"\r\n\r\n" not in octets else octets[:octets.index(b"\r\n\r\n") + 2]
            if octets.startswith(b"\r\n"):
                head = b""
            top = b"".join(line + b"\r\n" for line in c.top(number, 0)[1])
            self.assertEqual(top.rstrip(b"\r\n"), head.rstrip(b"\r\n"))
        uids = [line.split()[1] for line in c.uidl()[1]]
        self.assertEqual(len(set(uids)), len(served.messages))
        c.dele(1)
        with self.assertRaises(poplib.error_proto):
            c.retr(1)
        c.rset()
        self.assertEqual(c.stat()[0], len(served.messages))
        c.quit()

    def test_apop(self):
        c = self.client()
        with self.assertRaisesRegex(poplib.error_proto, "AUTH"):
            c.apop("alice", "wrong")
        c.close()
        c = self.client()
        self.assertTrue(c.apop("alice", "secret").startswith(b"+OK"))
        c.quit()

    def test_capabilities(self):
        c = self.client()
        found = c.capa()
        self.assertTrue({"TOP", "UIDL", "USER", "SASL", "PIPELINING", "RESP-CODES", "EXPIRE"} <= set(found))
        c.quit()

    def test_auth_plain_and_pipelining(self):
        line = Line(served.pop)
        line.read()
        secret = base64.b64encode(b"\0alice\0secret").decode()
        line.say(f"AUTH PLAIN\r\n{secret}\r\nSTAT\r\nNOOP\r\nQUIT\r\n")  # all at once
        self.assertEqual(line.read(), "+ ")
        self.assertTrue(line.read().startswith("+OK"))
        self.assertTrue(line.read().startswith(f"+OK {len(served.messages)} "))
        self.assertTrue(line.read().startswith("+OK"))
        self.assertTrue(line.read().startswith("+OK"))
        line.close()

    def test_curl(self):
        def curl(*arguments):
            return subprocess.run([os.environ["CURL"], "-sS", "--max-time", "20", *arguments], check=True,
                                  capture_output=True).stdout
        for method in ("APOP", "PLAIN"):
            base = f"pop3://alice:secret;AUTH={'+' if method == 'APOP' else ''}{method}@127.0.0.1:{served.pop}"
            self.assertEqual(curl(f"{base}/2"), served.messages[1])
        self.assertEqual(len(curl(f"{base}/").splitlines()), len(served.messages))


if __name__ == "__main__":
    served = Served(sys.argv.pop(1))
    result = unittest.main(exit=False, argv=[sys.argv[0]]).result
    served.stop()
    sys.exit(not result.wasSuccessful())
