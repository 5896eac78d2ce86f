#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "seed_commands.hpp"
#include "test_template.hpp"

namespace nelumbo::genesis {
namespace {

using testing::HasSubstr;

TEST(Template, JsonRoundTrip) {
  auto value = test_template(2, 3);
  value.accounts.push_back(TemplateActor::make_multisig(
      {.signers = {must(test_key(9).address())}, .threshold = 1, .vesting_duration = 100, .vesting_start = 0}, 42));
  auto text = template_text(value);
  EXPECT_EQ(must(parse_template(text)), value);
  EXPECT_THAT(text, HasSubstr("\"VerifregRootKey\""));
  EXPECT_THAT(text, HasSubstr("\"Type\": \"multisig\""));
}

TEST(Template, ReadsLotusText) {
  auto value = must(parse_template(R"({
    "NetworkVersion": 28,
    "Accounts": [{"Type": "account", "Balance": "50000000000000000000000000",
                  "Meta": {"Owner": "t1ceb34gnsc6qk5dt6n7xg6ycwzasjhbxm3iylkiy"}}],
    "Miners": [],
    "NetworkName": "localnet-x",
    "VerifregRootKey": {"Type": "multisig", "Balance": "0", "Meta": {
      "Signers": ["t1ceb34gnsc6qk5dt6n7xg6ycwzasjhbxm3iylkiy"], "Threshold": 1, "VestingDuration": 0, "VestingStart": 0}},
    "RemainderAccount": {"Type": "multisig", "Balance": "0", "Meta": {
      "Signers": ["t1ceb34gnsc6qk5dt6n7xg6ycwzasjhbxm3iylkiy"], "Threshold": 1, "VestingDuration": 0, "VestingStart": 0}}
  })"));
  EXPECT_EQ(value.network_name, "localnet-x");
  EXPECT_EQ(value.timestamp, 0u);
  ASSERT_EQ(value.accounts.size(), 1u);
  EXPECT_EQ(value.accounts[0].balance, kAttoPerFil * 50'000'000);
  EXPECT_EQ(value, must(parse_template(template_text(value))));
}

TEST(Template, BadInputIsNamed) {
  EXPECT_FALSE(parse_template("{"));
  EXPECT_FALSE(parse_template("[]"));
  auto text = template_text(test_template(1, 1));
  auto wrong = [&](std::string_view from, std::string_view to) {
    auto copy = text;
    copy.replace(copy.find(from), from.size(), to);
    auto parsed = parse_template(copy);
    return parsed ? std::string("parsed") : parsed.error().message;
  };
  EXPECT_THAT(wrong("\"account\"", "\"acount\""), HasSubstr("acount"));
  EXPECT_THAT(wrong("\"Threshold\": 1", "\"Threshold\": 2"), HasSubstr("2 of 1"));
  EXPECT_THAT(wrong("\"Owner\": \"", "\"Owner\": \"x"), HasSubstr("Owner"));
}

TEST(Template, MinersComeInOrder) {
  auto value = new_template("x", 28);
  auto second = test_miner(1, 1);
  EXPECT_FALSE(add_miners(value, {{second.id.str(), second}}, 1));
  EXPECT_TRUE(value.miners.empty());
  auto first = test_miner(0, 1);
  ASSERT_TRUE(add_miners(value, {{second.id.str(), second}, {first.id.str(), first}}, 5));
  EXPECT_EQ(value.miners[0].id, first.id);
  EXPECT_EQ(value.accounts[1].balance, 5);
}

TEST(Template, ManifestsJoin) {
  auto a = test_miner(0, 2);
  auto b = test_miner(0, 1);
  auto other = test_miner(1, 1);
  auto joined = must(join_manifests({{{a.id.str(), a}}, {{b.id.str(), b}, {other.id.str(), other}}}));
  EXPECT_EQ(joined.size(), 2u);
  EXPECT_EQ(joined[a.id.str()].sectors.size(), 3u);
  b.sector_size = 8 << 20;
  EXPECT_FALSE(join_manifests({{{a.id.str(), a}}, {{b.id.str(), b}}}));
}

TEST(Template, KeyFileRoundTrip) {
  auto path = fs::temp_directory_path() / ("nelumbo-key-" + to_hex(random_bytes(8)));
  auto key = must(generate_key("bls"));
  must(write_file(path, key_file_text(key) + "\n", 0600));
  EXPECT_EQ(must(read_key_file(path)), key);
  must(write_file(path, std::string_view("7b7d")));
  EXPECT_FALSE(read_key_file(path));
  fs::remove(path);
  EXPECT_FALSE(read_key_file(path));
  EXPECT_FALSE(generate_key("rsa"));
}

TEST(Template, MultisigCsv) {
  auto a = must(test_key(1).address()).str();
  auto b = must(test_key(2).address()).str();
  auto row = "1,x,100.5,6,0,1,2," + a + ":" + b + ",type,s1,s2\n";
  auto rows = must(parse_multisig_csv("header\n" + row, 30));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].amount, kAttoPerFil * 201 / 2);
  EXPECT_EQ(rows[0].meta.signers.size(), 2u);
  EXPECT_EQ(rows[0].meta.vesting_duration, 182 * 2880);
  auto error = parse_multisig_csv("header\n" + row + "2,x,1,6,0,1,1," + a + "\n", 30).error().message;
  EXPECT_THAT(error, HasSubstr("line 3"));
  EXPECT_FALSE(parse_multisig_csv("header\n1,x,1,6,0,1,2," + a + ",t,s,s\n", 30));
}

TEST(Template, Rfc3339) {
  EXPECT_EQ(must(parse_rfc3339("2025-02-27T15:04:05Z")), 1740668645u);
  EXPECT_EQ(must(parse_rfc3339("2025-02-27T16:04:05+01:00")), 1740668645u);
  for (const char* bad : {"", "2025", "2025-02-30T00:00:00Z", "2025-02-27T15:04:05", "2025-02-27T25:04:05Z",
                          "2025-02-27T15:04:05Zx", "2025-02-27T15:04:05+1"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
}

}  // namespace
}  // namespace nelumbo::genesis
