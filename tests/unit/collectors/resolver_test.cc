#include "collectors/resolver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <thread>

namespace revisitd::collectors {
namespace {

namespace asio = boost::asio;
using Clock = Resolver::Clock;
using Answer = Result<Addresses, FetchError>;

const Addresses kTen = {asio::ip::make_address("10.0.0.10")};

// A name service under the test's control: counts what is asked and can be made to block.
struct Service {
  std::atomic<int> asked = 0;
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
};

Lookup counting(const std::shared_ptr<Service>& service) {
  return [service](const std::string& host) -> Result<Addresses> {
    ++service->asked;
    if (host == "slow.example") service->released.wait();
    if (host == "missing.example") return Error{"no such name"};
    return kTen;
  };
}

asio::awaitable<void> ask(Resolver& resolver, std::string host, Clock::duration patience,
                          std::optional<Answer>& place) {
  place = co_await resolver.resolve(std::move(host), Clock::now() + patience);
}

class ResolverTest : public ::testing::Test {
 protected:
  Answer resolve(const std::string& host, Clock::duration patience = std::chrono::seconds(5)) {
    return resolve_all({host}, patience).front();
  }
  std::vector<Answer> resolve_all(const std::vector<std::string>& hosts, Clock::duration patience) {
    std::vector<std::optional<Answer>> places(hosts.size());
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      asio::co_spawn(context_, ask(resolver_, hosts[i], patience, places[i]), asio::detached);
    }
    context_.restart();
    context_.run();
    std::vector<Answer> out;
    for (auto& place : places) out.push_back(std::move(place).value());
    return out;
  }

  std::shared_ptr<Service> service_ = std::make_shared<Service>();
  asio::io_context context_{1};
  Resolver resolver_{context_.get_executor(), {.lookup = counting(service_)}};
};

TEST_F(ResolverTest, LiteralsAskNobody) {
  EXPECT_EQ(*resolve("127.0.0.1"), Addresses{asio::ip::make_address("127.0.0.1")});
  EXPECT_EQ(*resolve("::1"), Addresses{asio::ip::make_address("::1")});
  EXPECT_EQ(service_->asked, 0);
}

TEST_F(ResolverTest, AnswersAreKept) {
  EXPECT_EQ(*resolve("a.example"), kTen);
  EXPECT_EQ(*resolve("a.example"), kTen);
  EXPECT_EQ(service_->asked, 1);
}

TEST_F(ResolverTest, FailuresAreKeptForAMomentToo) {
  EXPECT_EQ(resolve("missing.example").error().failure, FetchFailure::resolve);
  EXPECT_EQ(resolve("missing.example").error().failure, FetchFailure::resolve);
  EXPECT_EQ(service_->asked, 1);
}

TEST_F(ResolverTest, ManyWaitForOneLookup) {
  const auto answers =
      resolve_all(std::vector<std::string>(20, "a.example"), std::chrono::seconds(5));
  for (const Answer& answer : answers) EXPECT_EQ(*answer, kTen);
  EXPECT_EQ(service_->asked, 1);
}

TEST_F(ResolverTest, ASilentServiceEndsAtTheDeadlineAndHoldsUpNoOtherName) {
  const auto answers = resolve_all({"slow.example", "a.example"}, std::chrono::milliseconds(100));
  ASSERT_FALSE(answers[0]);
  EXPECT_EQ(answers[0].error().failure, FetchFailure::timeout);
  EXPECT_EQ(*answers[1], kTen);
  service_->release.set_value();
}

TEST_F(ResolverTest, AnAnswerThatComesLateServesTheNextRequest) {
  EXPECT_FALSE(resolve("slow.example", std::chrono::milliseconds(20)));
  service_->release.set_value();
  EXPECT_EQ(*resolve("slow.example"), kTen);
  EXPECT_EQ(service_->asked, 1);
}

// Answers in no time, but for names that begin with "silent": these hear a failure late, or nothing
// until the test is over. Shared with threads that outlive the resolver.
struct HalfSilentService {
  Result<Addresses> lookup(const std::string& host) const {
    if (!host.starts_with("silent") && !gone) return kTen;
    const auto begun = Clock::now();
    while (!ended && (for_good || Clock::now() - begun < std::chrono::milliseconds(30)))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return Error{"no answer"};
  }
  std::atomic<bool> for_good = false, gone = false, ended = false;
};

class SilentNamesTest : public ::testing::Test {
 protected:
  SilentNamesTest() {
    ResolverOptions options;
    options.ttl = options.failure_ttl = Duration::zero();
    options.patience = std::chrono::milliseconds(20);
    options.threads = 2;
    options.silent_threads = 1;
    options.lookup = [service = service_](const std::string& host) {
      return service->lookup(host);
    };
    resolver_.emplace(context_.get_executor(), options);
  }
  ~SilentNamesTest() override { service_->ended = true; }
  std::vector<bool> answered(const std::vector<std::string>& hosts, Clock::duration patience) {
    std::vector<std::optional<Answer>> places(hosts.size());
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      asio::co_spawn(context_, ask(*resolver_, hosts[i], patience, places[i]), asio::detached);
    }
    context_.restart();
    context_.run();
    std::vector<bool> out;
    for (const auto& place : places) out.push_back(place->has_value());
    return out;
  }

  std::shared_ptr<HalfSilentService> service_ = std::make_shared<HalfSilentService>();
  asio::io_context context_{1};
  std::optional<Resolver> resolver_;
};

TEST_F(SilentNamesTest, HoldUpNoOtherNameOnceTheyAreKnown) {
  const std::vector<std::string> silent = {"silent1", "silent2", "silent3", "silent4"};
  EXPECT_EQ(answered(silent, std::chrono::seconds(5)), std::vector<bool>(4, false));
  service_->for_good = true;
  std::vector<std::string> all = silent;
  all.emplace_back("a.example");
  EXPECT_EQ(answered(all, std::chrono::milliseconds(300)),
            (std::vector<bool>{false, false, false, false, true}));
}

TEST_F(SilentNamesTest, ANameThatWasAnsweredIsServedByItsLastAnswer) {
  ASSERT_EQ(answered({"a.example"}, std::chrono::seconds(5)), std::vector<bool>{true});
  service_->gone = true;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(answered({"a.example"}, std::chrono::seconds(5)), std::vector<bool>{true});
  }
  service_->for_good = true;
  EXPECT_EQ(answered({"a.example"}, std::chrono::seconds(5)), std::vector<bool>{true});
  EXPECT_EQ(answered({"b.example"}, std::chrono::milliseconds(50)), std::vector<bool>{false});
}

TEST_F(ResolverTest, ANameThatIsTakenAwayIsGone) {
  ResolverOptions options;
  options.ttl = options.failure_ttl = Duration::zero();
  bool there = true;
  options.lookup = [&](const std::string&) -> Result<Addresses> {
    if (there) return kTen;
    return Error{"no such name"};
  };
  Resolver resolver(context_.get_executor(), options);
  std::optional<Answer> first, second;
  asio::co_spawn(context_, ask(resolver, "a.example", std::chrono::seconds(5), first),
                 asio::detached);
  context_.run();
  there = false;
  asio::co_spawn(context_, ask(resolver, "a.example", std::chrono::seconds(5), second),
                 asio::detached);
  context_.restart();
  context_.run();
  EXPECT_TRUE(first->has_value());
  EXPECT_FALSE(second->has_value());
}

TEST(ResolverExitTest, DestructionDoesNotWaitForASilentService) {
  const auto service = std::make_shared<Service>();
  const auto begun = Clock::now();
  {
    asio::io_context context(1);
    Resolver resolver(context.get_executor(), {.lookup = counting(service)});
    std::optional<Answer> place;
    asio::co_spawn(context, ask(resolver, "slow.example", std::chrono::milliseconds(20), place),
                   asio::detached);
    context.run();
    EXPECT_FALSE(*place);
  }
  EXPECT_LT(Clock::now() - begun, std::chrono::seconds(2));
  service->release.set_value();
}

TEST(SystemLookupTest, FindsLoopbackAndSaysWhyNot) {
  const auto found = system_lookup("localhost");
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->front().is_loopback());
  EXPECT_FALSE(system_lookup("").has_value());
}

}  // namespace
}  // namespace revisitd::collectors
