#include <boost/asio/use_awaitable.hpp>

#include "daemon/app_core.h"

// Who ships in which language, by git: evidence beside the roster.
namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;

constexpr Duration kBeat = std::chrono::seconds(1);
constexpr int kBeatsPerWord = 10;  // of progress, in the log

collectors::GitReaderOptions reader_options(const GitConfig& config, const std::string& storage) {
  collectors::GitReaderOptions options;
  for (const GitRepositoryConfig& repository : config.repositories)
    options.repositories.push_back({repository.path, repository.service, repository.team});
  options.evidence = {config.window, config.validity, config.min_commits};
  options.refresh_interval = config.refresh_interval;
  options.ignored_authors = config.ignore_authors;
  options.directory = storage + "/git";
  return options;
}

}  // namespace

void AppCore::make_git_reader() {
  if (config_.git.repositories.empty()) {
    git_.reset();
    return;
  }
  collectors::GitReaderOptions options = reader_options(config_.git, options_.storage_path);
  // What was read stays known where nothing else is asked for.
  if (git_ && git_->options() == options) return;
  git_ = std::make_unique<collectors::GitReader>(executor_, std::move(options));
}

asio::awaitable<void> AppCore::watch_git() {
  int beats = 0;
  while (!loops_.cancelled()) {
    if (git_ && git_->run(clock_.now())) {
      tell_of_git();
      look_at_roster();
    }
    if (git_ && ++beats % kBeatsPerWord == 0) {
      for (const auto& status : git_->status()) {
        if (!status.reading) continue;
        log_.info("reading git history",
                  {{"path", status.path}, {"commits", std::to_string(status.progress)}});
      }
    }
    if (!co_await sleep_for(kBeat)) co_return;
  }
}

void AppCore::tell_of_git() {
  for (const auto& status : git_->status()) {
    std::string& told = git_told_[status.path];
    if (status.problem.empty() && !status.read_at) continue;
    std::string now = status.problem;
    if (now.empty()) now = "read " + format_time(*status.read_at);
    if (told == now) continue;
    told = now;
    if (!status.problem.empty()) {
      log_.error("a git repository cannot be read",
                 {{"path", status.path}, {"why", status.problem}});
      continue;
    }
    if (status.fresh == 0 && !status.rewritten) continue;
    log_.info(status.rewritten ? "git history was rewritten and is read anew" : "git history read",
              {{"path", status.path},
               {"service", status.service},
               {"commits", std::to_string(status.commits)},
               {"new", std::to_string(status.fresh)},
               {"took", format_duration(status.took)}});
  }
}

std::vector<rules::GitRepository> AppCore::git_readings() const {
  if (!git_) return {};
  std::vector<rules::GitRepository> readings = git_->repositories();
  for (rules::GitRepository& repository : readings) {
    const auto state = engine_.decisions().find(repository.service);
    if (repository.team.empty() && state != engine_.decisions().end() && state->second.decision)
      repository.team = state->second.decision->team;
  }
  return readings;
}

std::shared_ptr<const rules::Roster> AppCore::with_git(
    std::shared_ptr<const rules::Roster> roster) const {
  if (!git_) return roster;
  if (!git_->complete()) {
    const auto before = engine_.rosters().newest();
    return std::make_shared<const rules::Roster>(rules::with_evidence_of(*roster, before.get()));
  }
  return std::make_shared<const rules::Roster>(
      rules::with_evidence(*roster, git_->repositories(), git_->options().evidence));
}

FluencyStatus AppCore::fluency() const {
  FluencyStatus status;
  if (!git_) return status;
  status.options = git_->options().evidence;
  status.repositories = git_->status();
  status.readings = git_readings();
  const auto roster = engine_.rosters().newest();
  if (roster && git_->complete()) {
    status.disagreements =
        rules::disagreements(*roster, status.readings, status.options, clock_.now());
  }
  return status;
}

}  // namespace revisitd::daemon
