#include "daemon/remembered.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "daemon/backfill_plan.h"
#include "daemon/notices.h"
#include "daemon/record_json.h"
#include "daemon/recorder.h"
#include "storage/memory_store.h"

namespace revisitd::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

// As Engine::save() wrote it.
constexpr const char* kState = R"({"revision":"r1","triggers":{}})";

class RememberedTest : public ::testing::Test {
 protected:
  Remembered remembered() {
    Remembering all;
    remember(*store_, engine_, all);
    EXPECT_TRUE(all.inputs_known);
    return std::move(all.all);
  }

  std::unique_ptr<storage::Store> store_ = std::make_unique<storage::MemoryStore>();
  rules::Engine engine_{rules::default_engine_options()};
};

TEST_F(RememberedTest, ANewStoreRemembersNothing) {
  const Remembered all = remembered();
  EXPECT_FALSE(all.unread);
  EXPECT_EQ(all.instance, "");
  EXPECT_FALSE(all.notices);
  EXPECT_FALSE(all.newest);
  EXPECT_EQ(all.inputs.roster, nullptr);
  EXPECT_THAT(all.inputs.records, IsEmpty());
  EXPECT_THAT(all.progress, IsEmpty());
  EXPECT_THAT(all.pending, IsEmpty());
  EXPECT_THAT(engine_.decisions(), IsEmpty());
}

TEST_F(RememberedTest, EachKindGoesWhereItBelongs) {
  storage::Batch batch;
  batch.puts = {{kDecisionKind, "checkout", kState},
                {kRecordKind, "a.md", record_to_json({"a.md", "# Use Go", "", ""})},
                {kRecordKind, "b.md", "none of ours"},
                {kReadingKind, "a.md", "read as"},
                {kMetaKind, "instance", "0123"},
                {kMetaKind, Notices::kKey, "[]"},
                {kMetaKind, std::string(kProgressKey) + "7", "of 7"},
                {kMetaKind, std::string(kProgressKey) + "12", "of 12"},
                {kMetaKind, "of a later version", "whatever"},
                {BackfillPlan::kWorkKind, "w", "work"},
                {BackfillPlan::kLaneKind, "l", "lane"}};
  store_->commit(batch);
  Remembered all = remembered();
  EXPECT_FALSE(all.unread);
  EXPECT_TRUE(engine_.decisions().contains("checkout"));
  const Inputs::Before before = all.inputs.before();
  ASSERT_EQ(before.records.size(), 1U);
  EXPECT_EQ(before.records[0].text, "# Use Go");
  EXPECT_THAT(remember_readings(*store_), ElementsAre(Pair("a.md", "read as")));
  EXPECT_EQ(all.instance, "0123");
  EXPECT_EQ(all.notices, "[]");
  EXPECT_THAT(all.progress, ElementsAre("of 12", "of 7"));
  EXPECT_THAT(all.parts, ElementsAre(7U, 12U));
  ASSERT_EQ(all.backfill_works.size(), 1U);
  EXPECT_EQ(all.backfill_works[0].value, "work");
  ASSERT_EQ(all.backfill_lanes.size(), 1U);
}

// Rows of records went by the path as it was configured once.
TEST_F(RememberedTest, RecordsUnderARelativePathMoveToTheAbsoluteOne) {
  const std::string text = record_to_json({"adr/a.md", "# Use Go", "", ""});
  storage::Batch batch;
  batch.puts = {{kRecordKind, "adr/a.md", text}, {kRecordKind, "/adr/b.md", text}};
  store_->commit(batch);
  Remembered all = remembered();
  store_->commit(all.inputs.moves());
  const std::string moved = (std::filesystem::current_path() / "adr/a.md").string();
  const Inputs::Before before = all.inputs.before();
  ASSERT_EQ(before.records.size(), 2U);
  EXPECT_EQ(before.records[0].path, "/adr/b.md");
  EXPECT_EQ(before.records[1].path, moved);
  const auto rows = store_->load(kRecordKind);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].key, "/adr/b.md");
  EXPECT_EQ(rows[1].key, moved);
  EXPECT_EQ(rows[1].value, text);
  EXPECT_TRUE(remembered().inputs.moves().puts.empty());
}

// Starting without it would forget a revisit.
TEST_F(RememberedTest, ADecisionThatCannotBeReadIsNamed) {
  storage::Batch batch;
  batch.puts = {{kDecisionKind, "a", kState}, {kDecisionKind, "b", R"({"revision":7})"}};
  store_->commit(batch);
  const Remembered all = remembered();
  ASSERT_TRUE(all.unread);
  EXPECT_EQ(all.unread->service, "b");
  EXPECT_THAT(all.unread->why, HasSubstr("saved state of a decision cannot be read"));
}

TEST_F(RememberedTest, CoursesThatCannotBeReadAreNamed) {
  storage::Batch batch;
  batch.puts = {{kDecisionKind, "a", kState}, {kCourseKind, "5", "\x0a\x7f"}};
  store_->commit(batch);
  const Remembered all = remembered();
  ASSERT_TRUE(all.unread);
  EXPECT_EQ(all.unread->service, "of part 5");
  EXPECT_THAT(all.unread->why, HasSubstr("a field that cannot be"));
}

}  // namespace
}  // namespace revisitd::daemon
