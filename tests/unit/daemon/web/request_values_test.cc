#include "daemon/web/request_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace revisitd::daemon::web {
namespace {

using rules::Action;
using std::chrono::hours;
using testing::HasSubstr;

constexpr TimePoint kNow = from_millis(1'000'000);

TEST(RequestValuesTest, TimesAreWrittenAsPrometheusTakesThem) {
  EXPECT_EQ(*parse_moment("1700000000"), from_millis(1'700'000'000'000));
  EXPECT_EQ(*parse_moment("1700000000.25"), from_millis(1'700'000'000'250));
  EXPECT_EQ(*parse_moment("2026-05-04T10:00:00Z"), *parse_time("2026-05-04T10:00:00Z"));
  for (const char* text : {"", "now", "-1", "1e300", "nan"})
    EXPECT_FALSE(parse_moment(text)) << text;
}

TEST(RequestValuesTest, SpansAreDurationsOrSeconds) {
  EXPECT_EQ(*parse_span("10m"), *parse_span("600"));
  for (const char* text : {"0", "0s", "-5", "1.5h", "x", "inf"})
    EXPECT_FALSE(parse_span(text)) << text;
}

TEST(RequestValuesTest, CountsStayWithinTheirBounds) {
  HttpRequest request;
  request.query = {{"limit", "50"}, {"page", "0"}, {"far", "101"}};
  EXPECT_EQ(*count_parameter(request, "limit", 7, 100), 50u);
  EXPECT_EQ(*count_parameter(request, "absent", 7, 100), 7u);
  EXPECT_FALSE(count_parameter(request, "page", 7, 100));
  EXPECT_FALSE(count_parameter(request, "far", 7, 100));
}

TEST(RequestValuesTest, ASnoozeIsReadWhole) {
  const auto action = read_action(R"({"by":"ana","why":"sale","for":"2h","worsens_by":"20%"})",
                                  Action::Kind::snooze, kNow);
  ASSERT_TRUE(action);
  EXPECT_EQ(action->by, "ana");
  EXPECT_EQ(action->until, kNow + hours(2));
  EXPECT_DOUBLE_EQ(*action->worsens_by, 0.2);
}

struct BadBody {
  Action::Kind kind;
  const char* body;
  const char* says;
};

struct BadBodyTest : testing::TestWithParam<BadBody> {};

TEST_P(BadBodyTest, IsRefusedWithTheField) {
  const auto action = read_action(GetParam().body, GetParam().kind, kNow);
  ASSERT_FALSE(action);
  EXPECT_THAT(action.error().message, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, BadBodyTest,
    testing::Values(
        BadBody{Action::Kind::acknowledge, "", "not JSON"},
        BadBody{Action::Kind::acknowledge, "[]", "object"},
        BadBody{Action::Kind::acknowledge, "{\"by\":1}", "`by`"},
        BadBody{Action::Kind::acknowledge, "{\"until\":\"2030-01-01\"}", "`until`: no such field"},
        BadBody{Action::Kind::conclude, "{\"outcome\":\"kept\"}", "`outcome`: expected reaffirmed"},
        BadBody{Action::Kind::snooze, "{\"for\":\"1.5h\"}", "`for`"},
        BadBody{Action::Kind::snooze, "{\"until\":\"tomorrow\"}", "`until`"},
        BadBody{Action::Kind::snooze, R"({"for":"1h","until":"2030-01-01"})", "exclude each other"},
        BadBody{Action::Kind::snooze, "{\"worsens_by\":\"20ms\"}", "`worsens_by`"},
        BadBody{Action::Kind::snooze, "{\"worsens_by\":null}", "`worsens_by`"},
        BadBody{Action::Kind::snooze, "{\"worsens_by\":\"20\"}", "did you mean 20%?"},
        BadBody{Action::Kind::snooze, "{\"worsens_by\":20}", "did you mean 20%?"},
        BadBody{Action::Kind::snooze, "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]", "not JSON"}));

}  // namespace
}  // namespace revisitd::daemon::web
