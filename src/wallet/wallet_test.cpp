#include "wallet/wallet.hpp"

#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

using namespace nelumbo;
using namespace nelumbo::wallet;

namespace {

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "nelumbo-wallet-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(root_); }
  fs::path keystore() const { return root_ / "keystore"; }

  fs::path root_;
};

unsigned mode_of(const fs::path& path) {
  struct stat info {};
  ::stat(path.c_str(), &info);
  return info.st_mode & 07777;
}

TEST_F(Folder, FilesAreNamedAndWrittenAsLotusDoes) {
  auto store = must(open_key_store(keystore()));
  EXPECT_EQ(mode_of(keystore()), 0700u);
  must(store->put(kJwtSecretName, {std::string(kJwtSecretType), Bytes(32, 'F')}));
  auto file = keystore() / "MF2XI2BNNJ3XILLQOJUXMYLUMU";
  ASSERT_TRUE(fs::exists(file));
  EXPECT_EQ(mode_of(file), 0600u);
  EXPECT_EQ(must(read_text_file(file)),
            R"({"Type":"jwt-hmac-secret","PrivateKey":"RkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkY="})");
  EXPECT_EQ(must(store->list()), std::vector<std::string>{"auth-jwt-private"});
  EXPECT_EQ(store->put(kJwtSecretName, {"x", {1}}).error().code, ErrorCode::exists);
  must(store->remove(kJwtSecretName));
  EXPECT_EQ(store->remove(kJwtSecretName).error().code, ErrorCode::not_found);
  EXPECT_EQ(store->get(kJwtSecretName).error().code, ErrorCode::not_found);
}

TEST_F(Folder, WiderModesAreRefused) {
  auto store = must(open_key_store(keystore()));
  must(store->put("default", {"bls", {1}}));
  fs::path file = fs::directory_iterator(keystore())->path();
  ::chmod(file.c_str(), 0640);
  EXPECT_EQ(store->get("default").error().code, ErrorCode::permission);
  EXPECT_EQ(store->list().error().code, ErrorCode::permission);
  ::chmod(file.c_str(), 0600);
  EXPECT_TRUE(store->get("default"));
  ::chmod(keystore().c_str(), 0755);
  EXPECT_EQ(open_key_store(keystore()).error().code, ErrorCode::permission);
}

TEST_F(Folder, DamagedFilesAreNamed) {
  auto store = must(open_key_store(keystore()));
  must(store->put("default", {"bls", {1}}));
  fs::path file = fs::directory_iterator(keystore())->path();
  for (auto text : {"", "{", "[]", "{}", R"({"Type":"bls"})", R"({"Type":9,"PrivateKey":"AQ=="})",
                    R"({"Type":"bls","PrivateKey":7})"}) {
    must(write_file(file, std::string_view(text), 0600));
    auto read = store->get("default");
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().message.find("default"), std::string::npos);
  }
  must(write_file(keystore() / "not base32!", std::string_view("x"), 0600));
  EXPECT_FALSE(store->list());
}

TEST_F(Folder, WalletSurvivesARestart) {
  Address first, second;
  {
    Wallet wallet(must(open_key_store(keystore())));
    first = must(wallet.new_key(SignatureType::bls));
    second = must(wallet.new_key(SignatureType::secp256k1));
    must(wallet.set_default(second));
  }
  Wallet wallet(must(open_key_store(keystore())));
  EXPECT_EQ(must(wallet.list()).size(), 2u);
  EXPECT_EQ(must(wallet.default_address()), second);
  auto signature = must(wallet.sign(first, as_bytes("x")));
  EXPECT_TRUE(verify(signature, first, as_bytes("x")));
}

class InMemory : public testing::Test {
 protected:
  std::shared_ptr<KeyStore> store = make_memory_key_store();
  Wallet wallet{store};
};

TEST_F(InMemory, FirstKeyIsTheDefault) {
  EXPECT_EQ(wallet.default_address().error().code, ErrorCode::not_found);
  auto first = must(wallet.new_key(SignatureType::secp256k1));
  auto second = must(wallet.new_key(SignatureType::delegated));
  EXPECT_EQ(must(wallet.default_address()), first);
  EXPECT_EQ(second.protocol(), Protocol::delegated);
  EXPECT_EQ(wallet.set_default(Address::from_id(7)).error().code, ErrorCode::not_found);
  must(wallet.set_default(second));
  EXPECT_EQ(must(wallet.default_address()), second);
  EXPECT_TRUE(must(store->get("wallet-" + first.str())).type == "secp256k1");
}

TEST_F(InMemory, SignsMessagesOfEveryKind) {
  constexpr uint64_t kChain = 31415926;
  for (auto type : {SignatureType::secp256k1, SignatureType::bls, SignatureType::delegated}) {
    Message message;
    message.from = must(wallet.new_key(type));
    message.to = Address::from_id(1000);
    message.method = type == SignatureType::delegated ? 3844450837 : 0;
    message.value = 5;
    auto signed_message = must(sign_message(wallet, message.from, message, kChain));
    EXPECT_EQ(signed_message.signature.type, type);
    EXPECT_TRUE(verify_message(signed_message, message.from, kChain));
  }
  auto missing = wallet.sign(must(Address::parse("f17uoq6tp427uzv7fztkbsnn64iwotfrristwpryy")), as_bytes("x"));
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_FALSE(sign_message(wallet, Address::from_id(1), {}, kChain));
}

TEST_F(InMemory, ExportAndImport) {
  auto address = must(wallet.new_key(SignatureType::bls));
  auto text = export_text(must(wallet.export_key(address)));
  EXPECT_TRUE(text.starts_with(to_hex(as_bytes(R"({"Type":"bls","PrivateKey":")"))));
  Wallet other(make_memory_key_store());
  EXPECT_EQ(must(other.import_key(must(import_text(text + "\n")))), address);
  EXPECT_TRUE(must(other.has(address)));
  EXPECT_EQ(other.import_key(must(import_text(text))).error().code, ErrorCode::exists);
  EXPECT_EQ(other.default_address().error().code, ErrorCode::not_found);
  EXPECT_EQ(wallet.export_key(Address::from_id(1)).error().code, ErrorCode::not_found);
  for (auto bad : {"", "zz", "7b7d", "ff"}) EXPECT_FALSE(import_text(bad)) << bad;
  EXPECT_FALSE(other.import_key({"ed25519", Bytes(32, 1)}));
  EXPECT_FALSE(other.import_key({"secp256k1", Bytes(31, 1)}));
}

TEST_F(InMemory, OldNumericKeyTypesAreRead) {
  auto key = must(decode_key_info(R"({"Type":2,"PrivateKey":"AQ=="})"));
  EXPECT_EQ(key.type, "bls");
}

TEST_F(InMemory, RemovedKeysGoToTheTrash) {
  auto address = must(wallet.new_key(SignatureType::secp256k1));
  auto secret = must(wallet.export_key(address));
  must(wallet.remove(address));
  EXPECT_FALSE(must(wallet.has(address)));
  EXPECT_TRUE(must(wallet.list()).empty());
  EXPECT_EQ(wallet.default_address().error().code, ErrorCode::not_found);
  EXPECT_EQ(must(store->get("trash-" + address.str())), secret);
  must(wallet.remove(address));  // nothing there: nothing to do
  must(wallet.import_key(secret));
  must(wallet.remove(address));
  EXPECT_EQ(must(store->list()), std::vector<std::string>{"trash-" + address.str()});
}

TEST_F(InMemory, KeysOfTheOtherLetterAreFound) {
  auto address = must(wallet.new_key(SignatureType::bls));
  set_address_network(AddressNetwork::testnet);
  Wallet on_testnet(store);
  EXPECT_TRUE(must(on_testnet.has(address)));
  EXPECT_EQ(must(on_testnet.list()).size(), 1u);
  must(on_testnet.remove(address));
  EXPECT_TRUE(must(on_testnet.list()).empty());
  set_address_network(AddressNetwork::mainnet);
}

TEST_F(InMemory, ManyThreads) {
  auto address = must(wallet.new_key(SignatureType::secp256k1));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) {
        auto mine = must(wallet.new_key(SignatureType::secp256k1));
        EXPECT_TRUE(verify(must(wallet.sign(address, as_bytes("x"))), address, as_bytes("x")));
        EXPECT_TRUE(must(wallet.has(mine)));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(must(wallet.list()).size(), 81u);
}

}  // namespace
