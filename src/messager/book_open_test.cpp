#include <csignal>
#include <thread>

#include <sys/stat.h>

#include "book_fixture.hpp"
#include "dsn.hpp"
#include "trouble.hpp"

using namespace nelumbo;
using namespace nelumbo::messager;

namespace {

ErrorCode code_of(const auto& result) { return result ? ErrorCode::failed : result.error().code; }

using std::chrono::milliseconds;
using std::chrono::seconds;

class OpenBookTest : public testing::TestWithParam<std::string> {
 protected:
  Result<std::shared_ptr<Book>> open() const { return open_book(database.config(), test_vault(), kEthChain); }
  TestDatabase database{GetParam()};
};

TEST_P(OpenBookTest, AnotherSecretIsRefused) {
  must(open());
  auto other = open_book(database.config(), must(Vault::from_passphrase("another")), kEthChain);
  EXPECT_EQ(code_of(other), ErrorCode::permission);
  EXPECT_NE(other.error().message.find("passphrase"), std::string::npos);
  EXPECT_EQ(other.error().message.find("another "), other.error().message.find("another passphrase"));
}

TEST_P(OpenBookTest, ANewerSchemaIsRefused) {
  must(open());
  database.run("UPDATE meta SET value = '99' WHERE name = 'schema_version'");
  auto opened = open();
  EXPECT_EQ(code_of(opened), ErrorCode::unsupported);
  EXPECT_NE(opened.error().message.find("99"), std::string::npos);
  database.run("UPDATE meta SET value = 'x' WHERE name = 'schema_version'");
  EXPECT_EQ(code_of(open()), ErrorCode::invalid);
}

TEST_P(OpenBookTest, TablesOfAnotherProgramAreLeftAlone) {
  database.run("CREATE TABLE wallets (id INTEGER PRIMARY KEY, address TEXT)");
  auto opened = open();
  EXPECT_EQ(code_of(opened), ErrorCode::invalid);
  EXPECT_NE(opened.error().message.find("wallets"), std::string::npos);
}

TEST_P(OpenBookTest, AnUnfinishedSchemaIsFinished) {
  must(open());
  database.run("DELETE FROM meta");
  database.run("DROP TABLE tokens");
  auto book = must(open());
  EXPECT_TRUE(must(book->tokens()).empty());
}

TEST_P(OpenBookTest, SeveralServersStartTogether) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] { EXPECT_TRUE(must(open())->wallets()); });
  }
  for (auto& thread : threads) thread.join();
}

FOR_EACH_DRIVER(OpenBookTest);

TEST(OpenBook, SaysWhatIsWrongWithTheSettings) {
  auto open = [](const std::string& driver, const std::string& dsn) {
    DatabaseConfig config;
    config.driver = driver;
    config.dsn = dsn;
    return open_book(config, test_vault(), kEthChain);
  };
  EXPECT_EQ(code_of(open("postgresql", "db=x")), ErrorCode::invalid);
  EXPECT_EQ(code_of(open("sqlite3", "")), ErrorCode::invalid);
  EXPECT_EQ(code_of(open("sqlite3", ":memory:")), ErrorCode::invalid);
  EXPECT_EQ(code_of(open("sqlite3", "/nowhere/at/all.db")), ErrorCode::not_found);
  TemporaryFolder folder;
  EXPECT_EQ(code_of(open("sqlite3", folder.path().string())), ErrorCode::permission);
  auto text = folder.path() / "text.db";
  must(write_file(text, std::string_view("this is no database, it is only some text that somebody wrote down.")));
  EXPECT_EQ(code_of(open("sqlite3", text.string())), ErrorCode::invalid);
  for (auto dsn : {"", "localhost", "host", "=x db=y", "db=x colour=red", "db=x db=y", "db=x password='secret",
                   "host=x", "db=x port=zero", "db=x port=0", "db=x password=sec'ret"}) {
    auto opened = open("mysql", dsn);
    EXPECT_EQ(code_of(opened), ErrorCode::invalid) << dsn;
    EXPECT_EQ(opened.error().message.find("sec"), std::string::npos) << opened.error().message;
  }
}

TEST(OpenBook, ASqliteFileIsPrivate) {
  TestDatabase database("sqlite3");
  auto book = must(open_book(database.config(), test_vault(), kEthChain));
  must(book->add_wallet(new_key(), 0));
  for (auto ending : {"", "-wal", "-shm"}) {
    struct stat info {};
    ASSERT_EQ(::stat((database.config().dsn + ending).c_str(), &info), 0) << ending;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << ending;
  }
}

TEST(OpenBook, TellsWrongSettingsFromADatabaseThatIsAway) {
  auto& server = MariadbServer::shared();
  auto good = server.make_database();
  std::string name = must(parse_dsn(good.dsn)).at("db");
  auto open = [](DatabaseConfig config) {
    config.patience = seconds(1);
    return open_book(config, test_vault(), kEthChain);
  };
  auto wrong_password = open(server.config(name, name, "hush"));
  EXPECT_EQ(code_of(wrong_password), ErrorCode::permission);
  EXPECT_EQ(wrong_password.error().message.find("hush"), std::string::npos);
  EXPECT_EQ(code_of(open(server.config(name, "nobody", "hush"))), ErrorCode::permission);
  EXPECT_EQ(code_of(open(server.config("nowhere", name, "pass word"))), ErrorCode::permission);  // it may not know
  EXPECT_EQ(code_of(open(server.config("nowhere", "root", ""))), ErrorCode::not_found);
  DatabaseConfig away;
  away.driver = "mysql";
  away.dsn = "unix_socket=/nowhere/s db=x user=y password=hush";
  auto begun = std::chrono::steady_clock::now();
  auto opened = open(away);
  EXPECT_EQ(code_of(opened), ErrorCode::unavailable);
  EXPECT_EQ(opened.error().message.find("hush"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(10));
}

TEST(OpenBook, AHangingServerHangsNoCall) {
  auto& server = MariadbServer::shared();
  auto config = server.make_database();
  config.patience = seconds(2);
  auto book = must(open_book(config, test_vault(), kEthChain));
  auto from = must(book->add_wallet(new_key(), 0));
  must(book->assign(draft_of(from)));
  server.pause(true);
  auto begun = std::chrono::steady_clock::now();
  auto assigned = book->assign(draft_of(from));
  auto listed = book->list({});
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(15));
  server.pause(false);
  EXPECT_EQ(code_of(assigned), ErrorCode::unavailable);
  EXPECT_EQ(code_of(listed), ErrorCode::unavailable);
  Result<MessageRow> next = fail(ErrorCode::unavailable, "");
  for (int i = 0; i < 30 && code_of(next) == ErrorCode::unavailable; ++i) next = book->assign(draft_of(from));
  must(next);
  EXPECT_TRUE(must(book->gaps(from, 0, 10)).empty());
}

TEST(Dsn, NamesThePlaceWithoutSecrets) {
  DatabaseConfig config{"mysql", "host=db.local port=3307 db='my messages' user=me password='a\\'b c'"};
  EXPECT_EQ(database_place(config), "mysql my messages at db.local:3307");
  EXPECT_EQ(must(parse_dsn(config.dsn)).at("password"), "a'b c");
  config.dsn = "dbname=x unix_socket=/run/s password=y";
  EXPECT_EQ(database_place(config), "mysql x at /run/s");
  config.dsn = "password=y";
  EXPECT_EQ(database_place(config), "mysql");
  EXPECT_EQ(database_place({"sqlite3", "/a/b.db"}), "sqlite3 /a/b.db");
}

TEST(Dsn, LimitsAreAddedWhereThereAreNone) {
  auto text = must(complete_dsn("db=x read_timeout=9", seconds(3)));
  auto words = must(parse_dsn(text));
  EXPECT_EQ(words.at("read_timeout"), "9");
  EXPECT_EQ(words.at("connect_timeout"), "3");
  EXPECT_EQ(words.at("charset"), "utf8mb4");
}

}  // namespace
