#include "messager/vault.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/stat.h>

#include "book_fixture.hpp"

using namespace nelumbo;
using namespace nelumbo::messager;

namespace {

ErrorCode code_of(const auto& result) { return result ? ErrorCode::failed : result.error().code; }

TEST(Vault, GivesBackWhatItSealed) {
  auto vault = test_vault();
  for (auto type : {SignatureType::secp256k1, SignatureType::bls, SignatureType::delegated}) {
    auto key = new_key(type);
    auto sealed = must(vault->seal(key, "f1abc"));
    EXPECT_EQ(must(vault->open(sealed, "f1abc")), key);
    EXPECT_EQ(sealed.find(to_hex(key.private_key)), std::string::npos);
    EXPECT_EQ(sealed.find(to_base64(key.private_key)), std::string::npos);
    EXPECT_NE(must(vault->seal(key, "f1abc")), sealed);  // a nonce of its own
  }
}

TEST(Vault, RefusesAnotherLabelSecretOrText) {
  auto vault = test_vault();
  auto sealed = must(vault->seal(new_key(), "f1abc"));
  EXPECT_EQ(code_of(vault->open(sealed, "f1abd")), ErrorCode::permission);
  EXPECT_EQ(code_of(must(Vault::from_passphrase("another"))->open(sealed, "f1abc")), ErrorCode::permission);
  for (auto bad : {"", ".", "nelumbo1.scrypt", "nelumbo1.scrypt.63.8.1.AA.AA.AA", "nelumbo2.scrypt.15.8.1.A.A.A"}) {
    EXPECT_EQ(code_of(vault->open(bad, "f1abc")), ErrorCode::permission) << bad;
  }
}

TEST(Vault, RefusesEveryChangedCharacterBehindTheCost) {
  auto vault = test_vault();
  std::string sealed = must(vault->seal(new_key(), "f1abc"));
  size_t salt_ends = sealed.rfind('.', sealed.rfind('.') - 1);
  // The last character of base64 may carry bits that mean nothing, so the reader refuses it or the text is another.
  rc::check([&] {
    std::string changed = sealed;
    size_t at = *rc::gen::inRange(salt_ends + 1, sealed.size());
    char c = *rc::gen::element('A', 'b', '7', '-', '.', '~');
    RC_PRE(changed[at] != c);
    changed[at] = c;
    auto opened = vault->open(changed, "f1abc");
    if (opened) RC_ASSERT(at == sealed.size() - 1 || sealed[at + 1] == '.');
  });
}

TEST(Vault, KeyFileMustBePrivate) {
  TemporaryFolder folder;
  auto file = folder.path() / "secret";
  EXPECT_EQ(code_of(Vault::from_file(file)), ErrorCode::not_found);
  must(write_file(file, std::string_view("hush\n"), 0600));
  auto vault = must(Vault::from_file(file));
  auto sealed = must(must(Vault::from_passphrase("hush"))->seal(new_key(), "x"));
  EXPECT_TRUE(vault->open(sealed, "x"));  // an editor's newline is no part of it
  for (unsigned mode : {0640u, 0604u, 0660u, 0620u}) {
    ::chmod(file.c_str(), mode);
    EXPECT_EQ(code_of(Vault::from_file(file)), ErrorCode::permission) << mode;
  }
  must(write_file(file, std::string_view("\n"), 0600));
  EXPECT_EQ(code_of(Vault::from_file(file)), ErrorCode::invalid);
  EXPECT_EQ(code_of(Vault::from_file(folder.path())), ErrorCode::invalid);
  EXPECT_EQ(code_of(Vault::from_passphrase("")), ErrorCode::invalid);
}

}  // namespace
