#include "collectors/roster_http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "collectors/backstage_api.h"
#include "tests/unit/collectors/fault_server.h"
#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::collectors {
namespace {

using revisitd::testing::answering;
using revisitd::testing::FaultServer;
using revisitd::testing::ok_response;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::string kClosing = "Content-Type: application/json\r\nConnection: close\r\n";

std::string json(const std::string& body) { return ok_response(body, kClosing); }
std::string failure(const std::string& status) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
}
std::string people(int count) {
  std::string members;
  for (int i = 0; i < count; ++i)
    members += (i == 0 ? "" : ",") + std::string("{\"name\":\"p") + std::to_string(i) + "\"}";
  return json(R"({"teams":{"a":{"members":[)" + members + "]}}}");
}

// One source that asks a scripted server, answer after answer.
class RosterHttpTest : public ::testing::Test {
 protected:
  void refresh(RosterHttp& source, TimePoint now) {
    boost::asio::co_spawn(context_, source.refresh(now), boost::asio::detached);
    context_.restart();
    context_.run();
  }

  boost::asio::io_context context_;
  std::unique_ptr<HttpClient> client_ = make_http_client(context_.get_executor(), {});
};

TEST_F(RosterHttpTest, TakesTheNativeRosterAndAgesWhenThePeerIsGone) {
  FaultServer server({answering(people(3)), answering(failure("503 Busy"))});
  RosterHttpSpec spec{.url = server.url("/roster")};
  spec.credentials = [] { return HeaderList{{"Authorization", "Bearer sesame"}}; };
  RosterHttp source(*client_, spec, {.validity = hours(2)});
  EXPECT_EQ(source.look(kLater).state, RosterSourceState::unread);
  ASSERT_TRUE(source.due(kLater));
  refresh(source, kLater);
  RosterLook look = source.look(kLater);
  ASSERT_EQ(look.state, RosterSourceState::good);
  EXPECT_TRUE(look.changed);
  EXPECT_EQ(look.roster->people(kLater), 3);
  EXPECT_THAT(server.requests()[0], HasSubstr("Bearer sesame"));
  EXPECT_FALSE(source.due(kLater + minutes(4)));
  ASSERT_TRUE(source.due(kLater + minutes(5)));

  refresh(source, kLater + minutes(5));
  look = source.look(kLater + minutes(5));
  EXPECT_EQ(look.state, RosterSourceState::bad);
  EXPECT_THAT(look.diagnostics[0].message, HasSubstr("503"));
  EXPECT_EQ(look.roster->read_at, kLater);
  EXPECT_FALSE(look.roster->valid(kLater + hours(2)));
  EXPECT_TRUE(source.due(kLater + minutes(6))) << "it is asked again sooner";
}

TEST_F(RosterHttpTest, FewerPeopleTakeASecondAnswerAndHalfOfThemAnHour) {
  FaultServer server({answering(people(10)), answering(people(9)), answering(people(9)),
                      answering(people(2)), answering(people(2)), answering(people(2))});
  RosterHttp source(*client_, {.url = server.url()}, {});
  TimePoint now = kLater;
  const auto asked = [&](Duration later) {
    now += later;
    refresh(source, now);
    return source.look(now);
  };
  EXPECT_EQ(asked({}).roster->people(now), 10);
  EXPECT_EQ(asked(minutes(5)).state, RosterSourceState::settling);
  EXPECT_EQ(source.look(now + hours(9)).roster->people(now), 10) << "no second answer yet";
  EXPECT_EQ(asked(minutes(5)).roster->people(now), 9);
  EXPECT_EQ(asked(minutes(5)).state, RosterSourceState::quarantined);
  EXPECT_EQ(asked(minutes(5)).state, RosterSourceState::quarantined);
  EXPECT_EQ(asked(hours(1)).roster->people(now), 2);
}

TEST_F(RosterHttpTest, WhatIsNoRosterIsNamedWithItsPlace) {
  FaultServer server(
      {answering(json(R"({"teams":{"a":{"members":[]}}})")), answering(json("<html>"))});
  RosterHttp source(*client_, {.url = server.url("/r")}, {});
  refresh(source, kLater);
  EXPECT_EQ(
      format_location(source.look(kLater).diagnostics.at(0)),
      server.url("/r") + ":1:26: `members`: the team has nobody, expected at least one member");
  refresh(source, kLater);
  EXPECT_EQ(source.look(kLater).state, RosterSourceState::bad);
}

const char* const kFirstPage = R"({"items":[
  {"kind":"User","metadata":{"name":"ana","namespace":"default","annotations":{"revisitd.io/languages":"go=fluent"}},
   "spec":{"profile":{"email":"Ana@a.example"}},"relations":[{"type":"memberOf","targetRef":"group:default/payments"}]},
  {"kind":"Component","metadata":{"name":"checkout"},"spec":{"type":"service","owner":"payments"}}],
  "totalItems":3,"pageInfo":{"nextCursor":"a+b/c="}})";
const char* const kLastPage =
    R"({"items":[{"kind":"Group","metadata":{"name":"payments"},"spec":{"members":["ben"]}}],"pageInfo":{}})";

TEST_F(RosterHttpTest, ACatalogueIsReadPageByPage) {
  FaultServer server({answering(json(kFirstPage)), answering(json(kLastPage))});
  RosterHttpSpec spec{.url = server.url("/backstage")};
  spec.answers = RosterHttpSpec::Answers::backstage;
  RosterHttp source(*client_, spec, {.settle = {}});
  refresh(source, kLater);
  const RosterLook look = source.look(kLater);
  ASSERT_EQ(look.state, RosterSourceState::good);
  EXPECT_EQ(look.roster->members("payments", kLater), 2);
  EXPECT_EQ(look.roster->fluent("payments", "go", kLater), 1);
  EXPECT_THAT(source.services(), ElementsAre(CataloguedService{"checkout", "payments"}));
  EXPECT_THAT(server.requests()[0], HasSubstr("GET /backstage/api/catalog/entities/by-query?"));
  EXPECT_THAT(server.requests()[1], HasSubstr("cursor=a%2Bb%2Fc%3D"));
  EXPECT_EQ(source.kind(), "backstage-api");
}

std::string catalogue_of(int users) {
  std::string items = R"({"kind":"Group","metadata":{"name":"a"},"spec":{}},)"
                      R"({"kind":"Component","metadata":{"name":"s)" +
                      std::to_string(users) + R"("},"spec":{"type":"service","owner":"a"}})";
  for (int i = 0; i < users; ++i)
    items += R"(,{"kind":"User","metadata":{"name":"u)" + std::to_string(i) +
             R"(","annotations":{"revisitd.io/since":"soon"}},"spec":{"memberOf":["a"]}})";
  return json(R"({"items":[)" + items + R"(],"pageInfo":{}})");
}

TEST_F(RosterHttpTest, ServicesOfACatalogueInQuarantineAreNotBelievedEither) {
  FaultServer server({answering(catalogue_of(9)), answering(catalogue_of(2))});
  RosterHttpSpec spec{.url = server.url()};
  spec.answers = RosterHttpSpec::Answers::backstage;
  RosterHttp source(*client_, spec, {.settle = {}});
  refresh(source, kLater);
  const RosterLook good = source.look(kLater);
  ASSERT_EQ(good.state, RosterSourceState::good);
  EXPECT_THAT(format_location(good.diagnostics.at(0)), HasSubstr("User default/u0: "));
  refresh(source, kLater + minutes(5));
  const RosterLook fewer = source.look(kLater + minutes(5));
  EXPECT_EQ(fewer.state, RosterSourceState::quarantined);
  ASSERT_THAT(fewer.diagnostics, SizeIs(1)) << "and nobody is named";
  EXPECT_THAT(fewer.diagnostics[0].message, HasSubstr("lists 2 people where 9 were"));
  EXPECT_THAT(source.services(), ElementsAre(CataloguedService{"s9", "a"}));
}

TEST_F(RosterHttpTest, ACatalogueThatWasNeverReadMayStillBeFilling) {
  FaultServer server({answering(catalogue_of(2)), answering(catalogue_of(30)),
                      answering(catalogue_of(31)), answering(catalogue_of(31))});
  RosterHttpSpec spec{.url = server.url()};
  spec.answers = RosterHttpSpec::Answers::backstage;
  RosterHttp source(*client_, spec, {});
  TimePoint now = kLater;
  const auto asked = [&](Duration later) {
    now += later;
    refresh(source, now);
    return source.look(now);
  };
  RosterLook look = asked({});
  EXPECT_EQ(look.state, RosterSourceState::settling);
  EXPECT_EQ(look.roster->people(now), 2) << "what there is counts";
  ASSERT_THAT(look.diagnostics, SizeIs(1));
  EXPECT_THAT(look.diagnostics[0].message, HasSubstr("may still be filling"));
  EXPECT_TRUE(source.due(now + minutes(1)));
  look = asked(minutes(1));
  EXPECT_EQ(look.state, RosterSourceState::settling);
  EXPECT_EQ(look.roster->people(now), 30);
  look = asked(minutes(1));
  EXPECT_EQ(look.state, RosterSourceState::good);
  EXPECT_EQ(look.roster->people(now), 31);
  EXPECT_FALSE(source.due(now + minutes(1)));

  RosterHttp again(*client_, spec, {}, {look.roster, source.services()});
  refresh(again, now);
  EXPECT_EQ(again.look(now).state, RosterSourceState::good) << "it was read before the restart";
}

TEST_F(RosterHttpTest, AnOldCatalogueIsAskedByOffset) {
  FaultServer server(
      {answering(failure("404 Not Found")),
       answering(
           json(R"([{"kind":"User","metadata":{"name":"ana"},"spec":{"memberOf":["payments"]}},)"
                R"({"kind":"Group","metadata":{"name":"payments"},"spec":{}}])"))});
  RosterHttpSpec spec{.url = server.url()};
  spec.answers = RosterHttpSpec::Answers::backstage;
  RosterHttp source(*client_, spec, {.settle = {}});
  refresh(source, kLater);
  EXPECT_EQ(source.look(kLater).roster->members("payments", kLater), 1);
  EXPECT_THAT(server.requests()[1], HasSubstr("GET /api/catalog/entities?filter="));
  EXPECT_THAT(server.requests()[1], HasSubstr("offset=0"));
}

TEST_F(RosterHttpTest, ACatalogueThatBreaksOffIsNotTakenForASmallOne) {
  FaultServer server({answering(json(kFirstPage)), answering(failure("502 Bad Gateway"))});
  RosterHttpSpec spec{.url = server.url()};
  spec.answers = RosterHttpSpec::Answers::backstage;
  RosterHttp source(*client_, spec, {.settle = {}});
  refresh(source, kLater);
  const RosterLook look = source.look(kLater);
  EXPECT_EQ(look.state, RosterSourceState::bad);
  EXPECT_EQ(look.roster, nullptr);
}

TEST(BackstagePageTest, WhatIsNoListIsAnError) {
  EXPECT_FALSE(read_backstage_page("{}"));
  EXPECT_FALSE(read_backstage_page("[1"));
  EXPECT_THAT(read_backstage_page(R"([1,{"kind":7},{"kind":"API"}])")->entities, SizeIs(0));
}

}  // namespace
}  // namespace revisitd::collectors
