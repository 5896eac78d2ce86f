#include "journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.hpp"
#include "codec/json.hpp"

namespace nelumbo::node {
namespace {

using testing::HasSubstr;

struct JournalTest : testing::Test {
  TemporaryFolder folder;
  ~JournalTest() override { unsetenv("LOTUS_JOURNAL_DISABLED_EVENTS"); }
  std::string text() { return must(read_text_file(folder / "journal/lotus-journal.ndjson")); }
};

TEST_F(JournalTest, WritesALineForEachEvent) {
  must(Journal::open(folder.path()))->record("storage", "sealing_states", R"({"SectorNumber":3})");
  must(Journal::open(folder.path()))->record("storage", "sealing_states", R"({"SectorNumber":4})");
  auto written = text();
  auto end = written.find('\n');
  auto first = must(parse_json(written.substr(0, end)));
  EXPECT_EQ(first["System"], "storage");
  EXPECT_EQ(first["Event"], "sealing_states");
  EXPECT_EQ(first["Data"]["SectorNumber"], 3);
  EXPECT_EQ(must(parse_json(written.substr(end + 1)))["Data"]["SectorNumber"], 4);
}

TEST_F(JournalTest, LeavesOutWhatIsDisabled) {
  setenv("LOTUS_JOURNAL_DISABLED_EVENTS", "mpool:add, storage:sealing_states", 1);
  auto journal = must(Journal::open(folder.path()));
  journal->record("storage", "sealing_states", "{}");
  journal->record("storage", "other", "{}");
  EXPECT_THAT(text(), testing::Not(HasSubstr("sealing_states")));
  EXPECT_THAT(text(), HasSubstr("other"));
}

TEST_F(JournalTest, RefusesADisabledEventThatIsNone) {
  for (const char* wrong : {"storage", ":x", "storage:", "a:b:c"}) {
    setenv("LOTUS_JOURNAL_DISABLED_EVENTS", wrong, 1);
    auto opened = Journal::open(folder.path());
    ASSERT_FALSE(opened) << wrong;
    EXPECT_THAT(opened.error().message, HasSubstr("SYSTEM:EVENT"));
  }
}

}  // namespace
}  // namespace nelumbo::node
