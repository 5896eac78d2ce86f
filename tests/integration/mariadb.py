"""A MariaDB of the test's own: data in a folder, a free port on loopback, killed and started again at will."""
import os
import shutil
import signal
import subprocess

import kit

USER, PASSWORD, NAME = "lotus", "secret-of-the-test", "messages"


def _program(*names):
    for name in names:
        found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/libexec")
        if found:
            return found
    raise kit.Failure(f"none of {names} is installed (Debian package mariadb-server)")


class MariaDb:
    def __init__(self, folder):
        self.folder = folder
        self.port = kit.free_port()
        self.as_root = ["--user=root"] if os.geteuid() == 0 else []
        data = os.path.join(folder, "data")
        os.makedirs(folder)
        done = subprocess.run([_program("mariadb-install-db", "mysql_install_db"), "--no-defaults", f"--datadir={data}", "--skip-test-db",
                               "--auth-root-authentication-method=normal", *self.as_root], capture_output=True, text=True)
        kit.check(done.returncode == 0, f"mariadb-install-db: {done.stdout}{done.stderr}")
        self.command = [_program("mariadbd", "mysqld"), "--no-defaults", f"--datadir={data}", f"--socket={folder}/socket",
                        f"--pid-file={folder}/pid", "--bind-address=127.0.0.1", f"--port={self.port}", *self.as_root]
        self.process = None

    def start(self):
        with open(os.path.join(self.folder, "log"), "a") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        kit.wait(lambda: self.sql("SELECT 1", ok=None), 120, lambda: f"mariadbd does not answer: {self.folder}/log")
        return self

    def create(self):
        self.sql(f"CREATE DATABASE {NAME}; CREATE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';"
                 f"GRANT ALL ON {NAME}.* TO '{USER}'@'127.0.0.1';")

    def sql(self, text, ok=True):
        """Rows as lists of texts; ok=None: whether it worked."""
        done = subprocess.run([_program("mariadb", "mysql"), "--no-defaults", f"--socket={self.folder}/socket", "-uroot", "-N", "-B",
                               "-e", text], capture_output=True, text=True)
        if ok is None:
            return done.returncode == 0
        kit.check(done.returncode == 0, f"SQL: {text}: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def config(self):
        return (f'[Database]\nDriver = "mysql"\nDSN = "host=127.0.0.1 port={self.port} db={NAME} user={USER} '
                f'password={PASSWORD}"\n')

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
