#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

#include "tests/throw_at_nth.h"
#include "tests/unit/daemon/web/sample_fleet.h"
#include "tests/unit/daemon/web/web_client.h"

// Exceptions at every point of every route (F70): each reaches whoever called the handler, which
// makes a 500 of it (HttpServerTest), and the next answer is as if nothing had been.
namespace revisitd::daemon::web {
namespace {

using revisitd::testing::next_point;
using revisitd::testing::ThrowAtNth;

std::string dead_delivery(const FakeApp& app) {
  for (const storage::DeliveryRow& row : app.delivery_rows) {
    if (row.state == storage::DeliveryState::dead) return row.id;
  }
  return "";
}

// A path that the pattern's route answers in the sample fleet.
std::string path_for(std::string_view pattern, const FakeApp& app) {
  std::string path(pattern);
  const auto put = [&path](std::string_view brace, const std::string& value) {
    if (const auto at = path.find(brace); at != std::string::npos)
      path.replace(at, brace.size(), value);
  };
  put("{service}", "checkout");
  put("{signal}", "latency_p99");
  put("{id}", pattern.find("deliveries") != std::string_view::npos
                  ? dead_delivery(app)
                  : app.core.decisions().find("checkout")->second.revisit->id);
  return path;
}

// What a route that changes something wants to know.
std::string body_for(std::string_view pattern) {
  std::string more;
  if (pattern.ends_with("/snooze")) more = R"(,"until":"2026-12-24")";
  if (pattern.ends_with("/conclude")) more = R"(,"outcome":"reaffirmed")";
  return R"({"by":"ana","why":"it holds")" + more + "}";
}

HttpResponse ask(FakeApp& app, const Route& route) {
  const std::string path = path_for(route.pattern, app);
  if (route.method == "GET") return get(app, path);
  return send(app, route.method, path, body_for(route.pattern),
              {{"content-type", "application/json"}});
}

std::string shown(const HttpResponse& response) {
  return std::to_string(response.status) + "\n" + response.body;
}

struct ThrowingRoute : ::testing::TestWithParam<std::size_t> {
  [[nodiscard]] static const Route& route() { return routes()[GetParam()]; }
  // For routes that change nothing. Once for all: it judges thousands of slots.
  static FakeApp& shared_sample() {
    static const std::unique_ptr<FakeApp> kSample = sample_fleet(2);
    return *kSample;
  }
};

TEST_P(ThrowingRoute, WhatTheDaemonCannotAnswerIsHeardAndLeavesNothingBehind) {
  const bool changes = route().method == "POST";
  std::unique_ptr<FakeApp> own = changes ? sample_fleet(2) : nullptr;
  FakeApp& app = changes ? *own : shared_sample();
  app.lifecycle = true;
  app.waiting_sources = {"roster.yaml"};
  std::string whole;
  if (!changes) whole = shown(ask(app, route()));
  for (std::size_t n = 0;; ++n) {
    app.asked = 0;
    app.throws_at = n;
    std::string answer;
    bool heard = false;
    try {
      answer = shown(ask(app, route()));
    } catch (const std::runtime_error& error) {
      heard = std::string(error.what()) == "nobody can answer that";
    }
    app.throws_at.reset();
    if (!heard) {
      EXPECT_LE(app.asked, n) << "an exception was swallowed";
      EXPECT_LT(answer.substr(0, 3), "400") << answer;
      break;
    }
    if (!changes) {
      ASSERT_EQ(shown(ask(app, route())), whole) << "after question " << n;
    }
  }
}

// Memory that runs out is an exception at any allocation. The API is left out: the JSON library
// allocates in destructors, and is ended by what it cannot get.
TEST_P(ThrowingRoute, WhatIsThrownAtAnyAllocationIsHeardAndLeavesNothingBehind) {
  if (!revisitd::testing::kAllocationsCanThrow) GTEST_SKIP() << "not under a sanitizer";
  if (route().method != "GET" || route().pattern.starts_with("/api/")) return;
  FakeApp& app = shared_sample();
  const std::string whole = shown(ask(app, route()));
  std::size_t heard = 0;
  for (std::size_t n = 0;; n = next_point(n)) {
    bool struck = false;
    try {
      const ThrowAtNth thrower(n);
      const HttpResponse response = ask(app, route());
      struck = thrower.struck();
    } catch (const std::bad_alloc&) {
      struck = true;
      ++heard;
    }
    if (!struck) break;
    ASSERT_EQ(shown(ask(app, route())), whole) << "after allocation " << n;
  }
  EXPECT_GT(heard, 0u);
}

INSTANTIATE_TEST_SUITE_P(Every, ThrowingRoute,
                         ::testing::Range<std::size_t>(0, routes().size(), 1));

}  // namespace
}  // namespace revisitd::daemon::web
