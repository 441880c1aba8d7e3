#include "collectors/kubernetes_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include "tests/unit/collectors/fault_server.h"

namespace revisitd::collectors {
namespace {

using revisitd::testing::answering;
using revisitd::testing::FaultServer;
using revisitd::testing::hang;
using revisitd::testing::ok_response;
using revisitd::testing::read_request;
using revisitd::testing::Script;
using revisitd::testing::send;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kClose = "Content-Type: application/json\r\nConnection: close\r\n";

std::string pod(const std::string& name, const std::string& ip, const std::string& version = "2") {
  return R"({"metadata":{"namespace":"n","name":")" + name + R"(","resourceVersion":")" + version +
         R"("},"spec":{"containers":[{"name":"c","ports":[{"containerPort":80}]}]},)" +
         R"("status":{"podIP":")" + ip + "\"}}";
}

Script lists(const std::string& items, const std::string& next = "") {
  return answering(ok_response(R"({"metadata":{"resourceVersion":"1","continue":")" + next +
                                   R"("},"items":[)" + items + "]}",
                               kClose));
}

std::string event(const std::string& type, const std::string& object) {
  const std::string line = R"({"type":")" + type + R"(","object":)" + object + "}\n";
  char size[16];
  std::snprintf(size, sizeof size, "%zx", line.size());
  return std::string(size) + "\r\n" + line + "\r\n";
}

// A watch that sends these events and stays open, or ends.
Script watches(const std::string& events, bool ends = false) {
  Script script = {read_request(), send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                        "Transfer-Encoding: chunked\r\n\r\n" +
                                        events)};
  if (ends) script.push_back(send("0\r\n\r\n"));
  script.push_back(hang());
  return script;
}

boost::asio::awaitable<void> keep(TargetSource& source, std::function<void()> changed,
                                  std::optional<Status>& outcome) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  outcome = co_await source.refresh(std::move(changed));
}

// One source against a scripted API server.
class KubernetesSourceTest : public ::testing::Test {
 protected:
  void start(FaultServer& server, KubernetesSpec spec = {}) {
    spec.api_server = server.url("");
    spec.credentials = [this]() -> Result<HeaderList> {
      return HeaderList{{"Authorization", "Bearer token" + std::to_string(++tokens_)}};
    };
    source_ = make_kubernetes_source(context_.get_executor(), *client_, std::move(spec));
    boost::asio::co_spawn(
        context_,
        keep(
            *source_, [this] { ++changes_; }, outcome_),
        boost::asio::bind_cancellation_slot(cancel_.slot(), [](const std::exception_ptr&) {}));
  }
  ~KubernetesSourceTest() override {
    cancel_.emit(boost::asio::cancellation_type::terminal);
    EXPECT_TRUE(run_until([this] { return outcome_.has_value(); }));
  }

  template <class Condition>
  bool run_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      context_.restart();
      context_.run_one_for(std::chrono::milliseconds(10));
    }
    return condition();
  }
  std::vector<std::string> addresses() const {
    std::vector<std::string> all;
    for (const TargetGroup& group : source_->groups()) {
      for (const LabelSet& target : group.targets) all.push_back(target.at("__address__"));
    }
    return all;
  }
  bool finds(const std::vector<std::string>& wanted) {
    return run_until([&] { return addresses() == wanted; });
  }

  boost::asio::io_context context_;
  std::unique_ptr<HttpClient> client_ = make_http_client(context_.get_executor(), {});
  boost::asio::cancellation_signal cancel_;
  std::unique_ptr<TargetSource> source_;
  std::optional<Status> outcome_;
  int changes_ = 0;
  int tokens_ = 0;
};

TEST_F(KubernetesSourceTest, ListsInPagesAndFollowsWhatChanges) {
  FaultServer server({lists(pod("a", "10.0.0.1"), "more"), lists(pod("b", "10.0.0.2")),
                      watches(event("ADDED", pod("c", "10.0.0.3", "5")) +
                                  event("MODIFIED", pod("a", "10.0.0.9", "6")) +
                                  event("DELETED", pod("b", "10.0.0.2", "7")) +
                                  event("BOOKMARK", R"({"metadata":{"resourceVersion":"9"}})"),
                              true),
                      watches("")});
  start(server, {.selector = {.label = "app=x", .field = "status.phase=Running"}});
  EXPECT_TRUE(finds({"10.0.0.9:80", "10.0.0.3:80"}));
  EXPECT_TRUE(run_until([&] { return server.requests().size() == 4; }));
  const auto asked = server.requests();
  EXPECT_THAT(asked[0], HasSubstr("GET /api/v1/pods?limit=500&labelSelector=app%3Dx"
                                  "&fieldSelector=status.phase%3DRunning HTTP/1.1"));
  EXPECT_THAT(asked[1], HasSubstr("&continue=more "));
  EXPECT_THAT(asked[2], HasSubstr("watch=1&allowWatchBookmarks=true&timeoutSeconds=300"
                                  "&resourceVersion=1&"));
  EXPECT_THAT(asked[3], HasSubstr("resourceVersion=9&"));
  EXPECT_GE(changes_, 2);
}

TEST_F(KubernetesSourceTest, EveryRequestHasTheTokenOfItsMoment) {
  FaultServer server({lists(""), watches("", true), watches("")});
  start(server);
  ASSERT_TRUE(run_until([&] { return server.requests().size() == 3; }));
  EXPECT_THAT(server.requests()[0], HasSubstr("Bearer token1\r\n"));
  EXPECT_THAT(server.requests()[2], HasSubstr("Bearer token3\r\n"));
}

TEST_F(KubernetesSourceTest, AWatchThatIsTooOldBeginsWithAList) {
  FaultServer server(
      {lists(pod("a", "10.0.0.1")), watches(event("ERROR", R"({"kind":"Status","code":410})")),
       lists(pod("b", "10.0.0.2")),
       answering("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
       lists(pod("c", "10.0.0.3")), watches("")});
  start(server);
  EXPECT_TRUE(finds({"10.0.0.3:80"}));
  EXPECT_FALSE(outcome_);
}

TEST_F(KubernetesSourceTest, ARefusalEndsTheRoundAndKeepsWhatIsKnown) {
  FaultServer server(
      {lists(pod("a", "10.0.0.1")),
       answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")});
  start(server);
  ASSERT_TRUE(run_until([this] { return outcome_.has_value(); }));
  EXPECT_THAT(outcome_->error().message, HasSubstr("/api/v1/pods answered 403"));
  EXPECT_THAT(addresses(), ElementsAre("10.0.0.1:80"));
  EXPECT_EQ(source_->pause(true), std::chrono::seconds(1));
}

TEST_F(KubernetesSourceTest, GarbageIsARefusal) {
  FaultServer garbage(answering(ok_response("<html>", kClose)));
  start(garbage);
  ASSERT_TRUE(run_until([this] { return outcome_.has_value(); }));
  EXPECT_THAT(outcome_->error().message, HasSubstr("no list"));
}

TEST_F(KubernetesSourceTest, NamespacesAreAskedOneByOne) {
  FaultServer server({lists(""), lists(""), watches(""), watches("")});
  start(server, {.namespaces = {"a", "b"}});
  ASSERT_TRUE(run_until([&] { return server.requests().size() >= 4; }));
  std::string all;
  for (const std::string& request : server.requests()) all += request;
  EXPECT_THAT(all, HasSubstr("/api/v1/namespaces/a/pods?"));
  EXPECT_THAT(all, HasSubstr("/api/v1/namespaces/b/pods?"));
}

}  // namespace
}  // namespace revisitd::collectors
