#include "collectors/roster_http.h"

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <utility>

#include "collectors/backstage_api.h"
#include "collectors/safe_file.h"

namespace revisitd::collectors {
namespace {

namespace asio = boost::asio;

constexpr Duration kRetry = std::chrono::minutes(1);

// Two answers that say the same people are the same, whatever else the peer puts into them.
std::string hash_of(const rules::Roster& roster) {
  std::string text;
  const auto add = [&](const rules::Member& member) {
    text += member.name + '\1';
    for (const auto& [language, level] : member.languages)
      text += language + '=' + rules::fluency_name(level) + '\2';
    for (const auto& email : member.emails) text += email + '\2';
    if (member.since) text += "s" + format_date(*member.since);
    if (member.until) text += "u" + format_date(*member.until);
    text += '\n';
  };
  for (const auto& [name, team] : roster.teams) {
    text += name + '\3';
    for (const rules::Member& member : team.members) add(member);
  }
  for (const rules::Member& member : roster.elsewhere) add(member);
  return content_hash(text);
}

// An answer is whole or none, so one that takes nobody away need not settle.
RosterSourceOptions at_once(RosterSourceOptions options) {
  options.settle = {};
  return options;
}

// Within a tenth of the larger one.
bool about_equal(int a, int b) { return std::abs(a - b) * 10 <= std::max(a, b); }

}  // namespace

RosterHttp::RosterHttp(HttpClient& client, RosterHttpSpec spec, RosterSourceOptions options,
                       LastReading last)
    : client_(client),
      spec_(std::move(spec)),
      gate_(spec_.url, at_once(options), last.roster),
      // Who wants what is there now, settled or not, asks once.
      filling_(spec_.answers == RosterHttpSpec::Answers::backstage && !last.roster &&
               options.settle > Duration{}),
      services_(std::move(last.services)) {}

bool RosterHttp::due(TimePoint now) const {
  if (!asked_ || now < *asked_) return true;
  const bool soon = !problem_.empty() || filling_;
  const Duration every = soon ? std::min(spec_.refresh_interval, kRetry) : spec_.refresh_interval;
  return now - *asked_ >= every;
}

Result<FetchRequest> RosterHttp::request() const {
  FetchRequest request;
  request.url = spec_.url;
  request.headers = spec_.headers;
  request.headers.emplace_back("Accept", "application/json");
  if (spec_.credentials) {
    auto headers = spec_.credentials();
    if (!headers) return headers.error();
    for (auto& header : *headers) request.headers.push_back(std::move(header));
  }
  request.timeout = spec_.timeout;
  request.max_wire_bytes = request.max_body_bytes = 4 * rules::kRosterBytes;
  request.allow_private = spec_.allow_private;
  request.tls = spec_.tls;
  return request;
}

asio::awaitable<Result<RosterHttp::Answer>> RosterHttp::ask_native(FetchRequest request,
                                                                   TimePoint now) {
  using Done = Result<Answer>;
  request.max_body_bytes = rules::kRosterBytes;
  const auto response = co_await client_.fetch(std::move(request));
  if (!response) co_return Done(Error{response.error().message});
  if (response->status != 200)
    co_return Done(Error{"it answered " + std::to_string(response->status)});
  Answer answer;
  answer.reading = rules::decode_roster(response->body, spec_.url, now, gate_.options().validity);
  answer.at = now;
  if (answer.reading.roster) answer.hash = hash_of(*answer.reading.roster);
  co_return Done(std::move(answer));
}

asio::awaitable<Result<RosterHttp::Answer>> RosterHttp::ask_backstage(FetchRequest request,
                                                                      TimePoint now) {
  using Done = Result<Answer>;
  const auto entities = co_await fetch_catalogue(client_, std::move(request));
  if (!entities) co_return Done(entities.error());
  Answer answer;
  BackstageCatalogue catalogue = make_catalogue(*entities, answer.reading.diagnostics);
  for (Diagnostic& d : answer.reading.diagnostics) d.file = spec_.url;
  answer.services = std::move(catalogue.services);
  answer.reading.roster = std::move(catalogue.roster);
  answer.reading.roster->read_at = now;
  answer.reading.roster->source = spec_.url;
  answer.reading.roster->validity = gate_.options().validity;
  answer.at = now;
  answer.hash = hash_of(*answer.reading.roster);
  co_return Done(std::move(answer));
}

asio::awaitable<void> RosterHttp::refresh(TimePoint now) {
  asked_ = now;
  auto made = request();
  if (!made) {
    problem_ = made.error().message;
    co_return;
  }
  Result<Answer> answer = Error{};
  if (spec_.answers == RosterHttpSpec::Answers::native) {
    answer = co_await ask_native(*std::move(made), now);
  } else {
    answer = co_await ask_backstage(*std::move(made), now);
  }
  if (!answer) {
    problem_ = answer.error().message;
    co_return;
  }
  problem_.clear();
  answer_ = *std::move(answer);
  if (!filling_ || !answer_->reading.roster) co_return;
  const int size =
      answer_->reading.roster->people(now) + static_cast<int>(answer_->services.size());
  filling_ = !size_ || !about_equal(size, *size_);
  size_ = size;
}

RosterLook RosterHttp::look(TimePoint) {
  if (!problem_.empty()) {
    return gate_.refuse(RosterSourceState::bad, {{spec_.url, {}, problem_, "", Severity::error}});
  }
  if (!answer_) return gate_.refuse(RosterSourceState::unread, {});
  // By the time of the answer, so that fewer people take another answer that says the same.
  RosterLook look = gate_.offer(answer_->reading, answer_->hash, true, answer_->at);
  if (look.state != RosterSourceState::good) return look;
  services_ = answer_->services;
  if (filling_) {
    look.state = RosterSourceState::settling;
    look.diagnostics = {{spec_.url,
                         {},
                         "counts already, and is asked again soon: the catalogue may still "
                         "be filling until two answers are about as large",
                         "",
                         Severity::warning}};
  }
  return look;
}

}  // namespace revisitd::collectors
