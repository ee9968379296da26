// What the stub asks and tells its bare Git repository.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const author = { GIT_AUTHOR_NAME: 'octocat', GIT_AUTHOR_EMAIL: 'octocat@users.noreply.github.com' };
const committer = { GIT_COMMITTER_NAME: 'GitHub', GIT_COMMITTER_EMAIL: 'noreply@github.com' };
const environment = {
  ...process.env, ...author, ...committer, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null',
};

export class Git {
  constructor(folder) {
    this.folder = folder;
  }

  run(...words) {
    return this.runIn(this.folder, ...words);
  }

  runIn(folder, ...words) {
    const options = { env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };
    return execFileSync('git', ['-C', folder, ...words], options).trim();
  }

  /** What git says; nothing where it ends with an error. */
  ask(...words) {
    try {
      return this.run(...words);
    } catch {
      return null;
    }
  }

  /** The tips of all branches, by name. */
  tips() {
    const lines = this.run('for-each-ref', '--format=%(refname:lstrip=2)%00%(objectname)', 'refs/heads').split('\n');
    return new Map(lines.filter(Boolean).map((line) => line.split('\0')));
  }

  defaultBranch() {
    return this.run('symbolic-ref', '--short', 'HEAD');
  }

  contains(tip, commit) {
    return this.ask('merge-base', '--is-ancestor', commit, tip) !== null;
  }

  /** The tree of both together; null for a conflict. */
  mergedTree(base, head) {
    return this.ask('merge-tree', '--write-tree', base, head);
  }

  commit(tree, parents, title, text) {
    const messages = [title, text].filter(Boolean).flatMap((part) => ['-m', part]);
    return this.run('commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), ...messages);
  }

  /** The commits of `head` one after the other on top of `base`. */
  rebased(base, head) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'github-stub-'));
    try {
      this.run('worktree', 'add', '--detach', folder, base);
      this.runIn(folder, 'cherry-pick', `${base}..${head}`);
      return this.runIn(folder, 'rev-parse', 'HEAD');
    } finally {
      this.ask('worktree', 'remove', '--force', folder);
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Whether the branch was still at `from`. */
  move(branch, to, from) {
    return this.ask('update-ref', `refs/heads/${branch}`, to, from) !== null;
  }

  remove(branch) {
    return this.ask('update-ref', '-d', `refs/heads/${branch}`);
  }

  /** The first commit of the branch's own line that has `head` in its history. */
  arrival(tip, head) {
    const line = this.run('rev-list', '--first-parent', '--ancestry-path', '--reverse', `${head}..${tip}`);
    return line.split('\n')[0] || head;
  }
}
