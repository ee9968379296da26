// A repository on GitHub as far as pull requests go: the commits are those of a bare Git repository.
import { Git } from './git.mjs';

export class Refused extends Error {
  constructor(status, message, errors) {
    super(message);
    this.status = status;
    this.body = { message, documentation_url: 'https://docs.github.com/rest', status: String(status), ...(errors && { errors }) };
  }
}

const gone = () => new Refused(404, 'Not Found');
const invalid = (message) => new Refused(422, 'Validation Failed', [{ resource: 'PullRequest', code: 'custom', message }]);
const user = (login) => ({ login, id: 1, html_url: `https://github.test/${login}` });

export class Repository {
  constructor(folder, owner, name) {
    Object.assign(this, { git: new Git(folder), owner, name, pulls: [], comments: [] });
    this.checkRuns = {}; // by commit
    this.statuses = {};
    this.reviews = {}; // by number
    this.rules = { methods: ['merge', 'squash', 'rebase'], required_checks: [] };
    this.mergeability = new Map(); // of pairs of base and head that were asked for before
    this.apart = new Set(); // pairs of base and head where the base does not have the head
    this.defaultBranch = this.git.defaultBranch();
    this.look();
  }

  get url() {
    return `https://github.test/${this.owner}/${this.name}`;
  }

  about() {
    const { methods } = this.rules;
    return {
      id: 1, name: this.name, full_name: `${this.owner}/${this.name}`, owner: user(this.owner), html_url: this.url,
      private: true, archived: false, default_branch: this.defaultBranch,
      permissions: { admin: false, maintain: false, push: true, triage: true, pull: true },
      allow_merge_commit: methods.includes('merge'), allow_squash_merge: methods.includes('squash'),
      allow_rebase_merge: methods.includes('rebase'),
    };
  }

  branch(name) {
    const sha = this.tips.get(name);
    if (!sha) throw gone();
    return { ref: `refs/heads/${name}`, object: { type: 'commit', sha } };
  }

  removeBranch(name) {
    if (!this.tips.has(name)) throw new Refused(422, 'Reference does not exist');
    this.git.remove(name);
    this.look();
  }

  /** Before each request: what has become of the pull requests since commits were pushed. */
  look() {
    this.tips = this.git.tips();
    for (const pull of this.pulls.filter(({ state }) => state === 'open')) {
      const head = this.tips.get(pull.head);
      const base = this.tips.get(pull.base);
      pull.headSha = head ?? pull.headSha;
      pull.baseSha = base ?? pull.baseSha;
      if (base && this.has(base, pull.headSha))
        Object.assign(pull, { state: 'closed', merged: true, mergeSha: this.git.arrival(base, pull.headSha) });
      else if (!head || !base) pull.state = 'closed';
    }
  }

  has(base, head) {
    const pair = `${base} ${head}`;
    if (this.apart.has(pair)) return false;
    const isThere = this.git.contains(base, head);
    if (!isThere) this.apart.add(pair);
    return isThere;
  }

  find(number) {
    const pull = this.pulls[number - 1];
    if (!pull) throw gone();
    return pull;
  }

  open({ title, body, head, base, draft }) {
    const branch = head.replace(`${this.owner}:`, '');
    const headSha = this.tips.get(branch);
    const baseSha = this.tips.get(base);
    for (const [field, sha] of [['head', headSha], ['base', baseSha]])
      if (!sha) throw new Refused(422, 'Validation Failed', [{ resource: 'PullRequest', field, code: 'invalid' }]);
    if (this.has(baseSha, headSha)) throw invalid(`No commits between ${base} and ${head}`);
    if (this.pulls.some((pull) => pull.state === 'open' && pull.head === branch && pull.base === base))
      throw invalid(`A pull request already exists for ${this.owner}:${branch}.`);
    this.pulls.push({
      number: this.pulls.length + 1, title, body: body ?? null, head: branch, base, draft: draft ?? false,
      state: 'open', merged: false, headSha, baseSha, mergeSha: null,
    });
    return this.shown(this.pulls.at(-1));
  }

  list({ head, base, state = 'open' }) {
    return this.pulls.filter((pull) =>
      (state === 'all' || pull.state === state) && (!base || pull.base === base) &&
      (!head || `${this.owner}:${pull.head}` === head)).map((pull) => this.listed(pull));
  }

  change(number, { title, body, base, state }) {
    const pull = this.find(number);
    if (title !== undefined) pull.title = title;
    if (body !== undefined) pull.body = body;
    if (base !== undefined) {
      if (!this.tips.get(base)) throw invalid(`Proposed base branch '${base}' was not found`);
      pull.base = base;
    }
    if (state === 'closed' || (state === 'open' && !pull.merged)) pull.state = state;
    this.look();
    return this.shown(pull);
  }

  /** As lists have it. */
  listed(pull) {
    const side = (ref, sha) => ({ ref, sha, label: `${this.owner}:${ref}`, user: user(this.owner), repo: this.about() });
    return {
      id: pull.number, number: pull.number, state: pull.state, title: pull.title, body: pull.body, draft: pull.draft,
      html_url: `${this.url}/pull/${pull.number}`, user: user('octocat'), merge_commit_sha: pull.mergeSha,
      merged_at: pull.merged ? '2026-01-01T00:00:00Z' : null, author_association: 'COLLABORATOR',
      head: side(pull.head, pull.headSha), base: side(pull.base, pull.baseSha),
    };
  }

  shown(pull) {
    const mergeable = this.mergeable(pull);
    const blocked = this.missingChecks(pull).length > 0;
    const state = mergeable === null ? 'unknown' : !mergeable ? 'dirty' : pull.draft ? 'draft' : blocked ? 'blocked' : 'clean';
    return {
      ...this.listed(pull), merged: pull.merged, merged_by: pull.merged ? user('octocat') : null, mergeable, mergeable_state: state,
    };
  }

  /** Like GitHub, finds it out only once somebody has asked. */
  mergeable(pull) {
    if (pull.state !== 'open') return null;
    const pair = `${pull.baseSha} ${pull.headSha}`;
    const known = this.mergeability.get(pair) ?? null;
    if (known === null) this.mergeability.set(pair, this.git.mergedTree(pull.baseSha, pull.headSha) !== null);
    return known;
  }

  missingChecks({ headSha }) {
    const passed = (this.checkRuns[headSha] ?? []).filter(({ conclusion }) => conclusion === 'success').map(({ name }) => name);
    return this.rules.required_checks.filter((name) => !passed.includes(name));
  }

  merge(number, { sha, merge_method: method = 'merge', commit_title: title, commit_message: text }) {
    const pull = this.find(number);
    if (pull.state !== 'open') throw new Refused(405, 'Pull Request is not mergeable');
    if (pull.draft) throw new Refused(405, 'Pull Request is still a draft');
    if (sha && sha !== pull.headSha) throw new Refused(409, 'Head branch was modified. Review and try the merge again.');
    if (!this.rules.methods.includes(method))
      throw new Refused(405, `${method[0].toUpperCase()}${method.slice(1)} merges are not allowed on this repository.`);
    const [missing] = this.missingChecks(pull);
    if (missing) throw new Refused(405, `Required status check "${missing}" is expected.`);
    const commit = this.combined(pull, method, title, text);
    if (!this.git.move(pull.base, commit, pull.baseSha))
      throw new Refused(405, 'Base branch was modified. Review and try the merge again.');
    Object.assign(pull, { state: 'closed', merged: true, mergeSha: commit });
    this.look();
    return { sha: commit, merged: true, message: 'Pull Request successfully merged' };
  }

  combined({ number, title, head, headSha, baseSha }, method, wantedTitle, text) {
    const tree = this.git.mergedTree(baseSha, headSha);
    if (!tree) throw new Refused(405, 'Pull Request is not mergeable');
    if (method === 'rebase') return this.git.rebased(baseSha, headSha);
    if (method === 'squash') return this.git.commit(tree, [baseSha], wantedTitle ?? `${title} (#${number})`, text);
    const usual = `Merge pull request #${number} from ${this.owner}/${head}`;
    return this.git.commit(tree, [baseSha, headSha], wantedTitle ?? usual, text ?? title);
  }

  commentsOf(number) {
    this.find(number);
    return this.comments.filter((comment) => comment.pull === number).map((comment) => this.shownComment(comment));
  }

  addComment(number, { body }) {
    this.find(number);
    this.comments.push({ id: this.comments.length + 1, pull: number, body });
    return this.shownComment(this.comments.at(-1));
  }

  changeComment(id, { body }) {
    if (!this.comments[id - 1]) throw gone();
    this.comments[id - 1].body = body;
    return this.shownComment(this.comments[id - 1]);
  }

  shownComment({ id, pull, body }) {
    return { id, body, html_url: `${this.url}/pull/${pull}#issuecomment-${id}`, user: user('octocat'), author_association: 'COLLABORATOR' };
  }

  checkRunsOf(sha) {
    return (this.checkRuns[sha] ?? []).map((run, index) => ({
      id: index + 1, head_sha: sha, status: 'completed', conclusion: null, details_url: `https://ci.test/${index + 1}`, ...run,
      output: { title: null, summary: null, ...run.output },
    }));
  }

  reviewsOf(number) {
    const { headSha } = this.find(number);
    return (this.reviews[number] ?? []).map((review, index) => ({
      id: index + 1, body: '', commit_id: headSha, author_association: 'COLLABORATOR',
      html_url: `${this.url}/pull/${number}#pullrequestreview-${index + 1}`, ...review, user: review.user && user(review.user),
    }));
  }
}

