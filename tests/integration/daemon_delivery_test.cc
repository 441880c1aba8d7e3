#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/daemon_rig.h"
#include "tests/integration/peer.h"

// From pages that services show to messages that people get, through the real program.
namespace revisitd::testing {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using ::testing::HasSubstr;

const char* const kMemory =
    "triggers:\n  footprint: {when: memory > 256MiB, window: 3s, favours: go, why: It has to "
    "fit.}\n";

std::string page_of(int mebibytes) {
  return "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes " +
         std::to_string(mebibytes) + "e6\n";
}

// A service whose memory the test sets, watched with one receiver of each kind.
class DeliveryTest : public ::testing::Test {
 protected:
  DeliveryTest() {
    peer.page("/metrics", page_of(400));
    daemon.write("hook.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
    daemon.write("slack.url", peer.url("/slack") + "\n");
    daemon.write("records/checkout.md", record("checkout", kMemory));
  }
  std::string config() const {
    return quick_config(
        "scrape_configs:\n  - job_name: app\n    static_configs:\n      - targets: ['" +
        peer.address() +
        "']\n        labels: {service: checkout}\n"
        "signals:\n  memory: {max: process_resident_memory_bytes, unit: bytes}\n"
        "receivers:\n"
        "  - {name: payments, slack: {api_url_file: slack.url}}\n"
        "  - {name: hook, webhook: {url: '" +
        peer.url("/hook") +
        "', secret_file: hook.secret}}\n"
        "  - {name: am, alertmanager: {urls: ['http://" +
        peer.address() +
        "']}}\n"
        "routes:\n  - {match: {team: payments}, receiver: payments}\n"
        "  - {receiver: hook}\n  - {receiver: am}\n");
  }
  std::vector<std::string> hook_types() const {
    std::vector<std::string> types;
    for (const Peer::Post& post : peer.posts("/hook"))
      types.push_back(json::parse(post.body)["type"]);
    return types;
  }

  Peer peer;
  Daemon daemon;
};

TEST_F(DeliveryTest, APageThatBreaksABudgetBecomesMessagesAndARevisitThatSubsides) {
  daemon.write("revisitd.yml", config());
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(eventually([&] {
    return !hook_types().empty() && !peer.posts("/slack").empty() &&
           !peer.posts("/api/v2/alerts").empty();
  })) << daemon.log();

  const json slack = json::parse(peer.posts("/slack")[0].body);
  EXPECT_THAT(slack["text"].get<std::string>(), HasSubstr("checkout"));
  EXPECT_THAT(slack.dump(), HasSubstr("footprint"));
  EXPECT_THAT(slack.dump(), HasSubstr(daemon.url() + "/service/checkout"))
      << "a message links to its page";

  const Peer::Post hook = peer.posts("/hook")[0];
  EXPECT_EQ(hook_types()[0], "revisit.opened");
  EXPECT_THAT(hook.headers.at("webhook-signature"), ::testing::StartsWith("v1,"));
  EXPECT_NE(hook.headers.at("webhook-id"), "");
  const json data = json::parse(hook.body)["data"];
  EXPECT_EQ(data["service"], "checkout");
  EXPECT_EQ(data["favours"], "go");
  EXPECT_EQ(data["triggers"][0]["name"], "footprint");
  EXPECT_EQ(data["triggers"][0]["value"], 4e8);
  const std::string id = data["revisit"];
  EXPECT_EQ(ask(daemon.port(), "GET", "/revisit/" + id).status, 200);

  const json alert = json::parse(peer.posts("/api/v2/alerts")[0].body)[0];
  EXPECT_EQ(alert["labels"]["service"], "checkout");

  peer.page("/metrics", page_of(10));
  ASSERT_TRUE(eventually([&] { return hook_types().back() == "revisit.subsided"; }))
      << daemon.log();
  EXPECT_EQ(daemon.get("/api/v1/revisits/" + id).data()["state"], "subsided");
  EXPECT_EQ(daemon.verdict("checkout", "footprint"), "clear");
  const json delivered = daemon.get("/api/v1/deliveries?state=delivered").data();
  EXPECT_GE(delivered.size(), 6u);
  EXPECT_EQ(daemon.get("/api/v1/deliveries?state=dead").data().size(), 0u);
  EXPECT_THAT(daemon.log(), ::testing::Not(HasSubstr("/slack"))) << "the address is a secret";
  EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(DeliveryTest, AReceiverThatRefusesIsShownAndOthersAreServed) {
  peer.status("/hook", 410);
  daemon.write("revisitd.yml", config());
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(eventually([&] {
    return daemon.get("/api/v1/deliveries?state=dead").data().size() == 1;
  })) << daemon.log();
  EXPECT_FALSE(peer.posts("/slack").empty());
  // The others hear of it, once.
  const auto told = [&](const std::string& path, const std::string& what) {
    int times = 0;
    for (const Peer::Post& post : peer.posts(path))
      times += post.body.find(what) != std::string::npos ? 1 : 0;
    return times;
  };
  EXPECT_TRUE(eventually([&] {
    return told("/slack", "revisitd cannot tell the receiver hook anything") == 1 &&
           told("/api/v2/alerts", "RevisitReceiverRejects") >= 1;
  })) << daemon.log();
  EXPECT_EQ(daemon.get("/api/v1/deliveries?state=dead").data().size(), 1u);
  const json dead = daemon.get("/api/v1/deliveries?state=dead").data()[0];
  EXPECT_EQ(dead["receiver"], "hook");
  EXPECT_THAT(dead["last_error"].get<std::string>(), HasSubstr("410"));
  EXPECT_EQ(daemon.metric("revisitd_deliveries_dead"), "1");
  EXPECT_THAT(daemon.get("/").body, HasSubstr("given up"));

  peer.status("/hook", 200);
  const std::string id = dead["id"];
  EXPECT_EQ(daemon.post("/api/v1/deliveries/" + id + "/requeue").status, 200);
  ASSERT_TRUE(
      eventually([&] { return daemon.get("/api/v1/deliveries?state=dead").data().empty(); }));
  const auto posts = peer.posts("/hook");
  EXPECT_EQ(posts.front().headers.at("webhook-id"), posts.back().headers.at("webhook-id"));
  EXPECT_EQ(posts.front().body, posts.back().body);
  EXPECT_TRUE(eventually([&] { return told("/slack", "hook takes messages again") == 1; }))
      << daemon.log();
  EXPECT_EQ(told("/hook", "receiver."), 0) << "nobody is told of itself";
}

TEST_F(DeliveryTest, ALoginFormACutPageAndSilenceAreNamedAndNeverTrip) {
  peer.page("/metrics", "<!DOCTYPE html><title>Sign in</title>", "text/html");
  daemon.write("revisitd.yml", config());
  ASSERT_TRUE(daemon.start()) << daemon.log();
  const auto error = [&] {
    const json targets = daemon.get("/api/v1/targets").data();
    return targets.empty() ? std::string() : targets[0]["last_error"].get<std::string>();
  };
  EXPECT_TRUE(eventually([&] { return error().find("text/html") != std::string::npos; }))
      << error();
  peer.page("/metrics", page_of(400) + "process_resident_memory_bytes{a=\"");
  EXPECT_TRUE(eventually([&] { return error().find("line 3") != std::string::npos; })) << error();
  peer.status("/metrics", 503);
  EXPECT_TRUE(eventually([&] { return error().find("503") != std::string::npos; })) << error();
  EXPECT_EQ(daemon.verdict("checkout", "footprint"), "blind");
  // That it cannot see may be told by now; nothing else.
  for (const std::string& type : hook_types()) EXPECT_EQ(type, "trigger.blind");
  EXPECT_EQ(daemon.metric("revisitd_targets{health=\"down\"}"), "1");
  EXPECT_NE(daemon.metric("revisitd_scrape_failures_total{reason=\"format\"}"), "0");
  EXPECT_NE(daemon.metric("revisitd_scrape_failures_total{reason=\"status\"}"), "0");
  EXPECT_NE(daemon.metric("revisitd_scrapes_total"), "0");
}

TEST_F(DeliveryTest, PeopleAnswerFromTheCommandLine) {
  daemon.write("revisitd.yml", config());
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(eventually([&] { return !peer.posts("/hook").empty(); })) << daemon.log();
  const std::string at = "--url=" + daemon.url();
  const Outcome status = revisitd({"status", at});
  EXPECT_EQ(status.code, 0) << status.err;
  EXPECT_THAT(status.out, HasSubstr(", ready\n"));
  EXPECT_THAT(status.out, HasSubstr("checkout  payments  python    footprint  tripped  100%"));

  const Outcome acknowledged = revisitd({"acknowledge", "checkout", at, "--why", "looking"});
  EXPECT_EQ(acknowledged.code, 0) << acknowledged.err;
  EXPECT_THAT(acknowledged.out, HasSubstr(" is acknowledged\n"));
  const Outcome snoozed = revisitd({"snooze", "checkout", at, "--until", "14d", "--why", "sale"});
  EXPECT_EQ(snoozed.code, 0) << snoozed.err;
  const Outcome bad = revisitd({"snooze", "checkout", at, "--until", "soon", "--why", "sale"});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.err, HasSubstr("`until`"));
  const Outcome concluded = revisitd(
      {"conclude", "checkout", at, "--outcome", "changed", "--why", "moves to Go", "--json"});
  EXPECT_EQ(concluded.code, 0) << concluded.err;
  EXPECT_EQ(json::parse(concluded.out)["conclusion"]["by"], "ana");
  const Outcome again =
      revisitd({"conclude", "checkout", at, "--outcome", "changed", "--why", "x"});
  EXPECT_EQ(again.code, 1);

  const Outcome trail = revisitd({"trail", at, "--service", "checkout", "--type", "revisit.*"});
  EXPECT_EQ(trail.code, 0);
  EXPECT_THAT(trail.out, HasSubstr("revisit.concluded"));
  EXPECT_THAT(trail.out, HasSubstr("moves to Go"));
  const Outcome rows = revisitd({"trail", at, "--json", "--limit", "1"});
  EXPECT_TRUE(json::parse(rows.out).contains("sequence"));
}

}  // namespace
}  // namespace revisitd::testing
