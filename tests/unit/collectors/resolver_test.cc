#include "collectors/resolver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>

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
