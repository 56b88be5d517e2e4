'use strict';
// Draws the plot and the sample browser from the data blocks of the page. Data becomes text nodes
// and attributes only, never markup.
(() => {
  const PAGE_ROWS = 300;
  const SVG = 'http://www.w3.org/2000/svg';
  const index = JSON.parse(document.getElementById('index').textContent);
  const samples = index.samples;

  // el('p', {class: 'note'}, 'text', node, ...)
  const el = (name, attributes, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    node.append(...children.filter((child) => child !== null && child !== ''));
    return node;
  };
  const svg = (name, attributes, text) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const bdi = (text) => el('bdi', null, text);
  const count = (n) => n.toLocaleString('en-US');
  const figure = (x) => x === null ? '–' : Math.abs(x) < 0.9995 ? x.toFixed(3)
      : Math.abs(x) < 999.995 ? x.toFixed(2) : count(Math.round(x));
  const color = (model) => 'c' + model % 8;
  const isSquare = (model) => Math.floor(model / 8) % 2 === 1;
  const dot = (model) =>
    el('span', {class: `dot ${color(model)}${isSquare(model) ? ' square' : ''}`});
  const isLost = (s) => s.bad || s.x.length > 0;

  // Length required and length written.
  const WIDTH = 900, HEIGHT = 520, LEFT = 66, RIGHT = 22, TOP = 18, BOTTOM = 50;
  const hidden = new Set();

  const ticksOf = (low, high) => {
    const ticks = [];
    for (let decade = 1; decade <= high; decade *= 10) {
      for (const step of [1, 2, 5]) {
        if (decade * step >= low && decade * step <= high) ticks.push(decade * step);
      }
    }
    return ticks;
  };

  const drawPlot = () => {
    const place = document.getElementById('plot');
    const points = samples.map((s, i) => ({s, i})).filter(({s}) => s.q > 0 && s.w > 0);
    if (points.length === 0) {
      place.append(el('p', {class: 'note'}, 'No text has both a required length and words.'));
      return;
    }
    const values = points.flatMap(({s}) => [s.q, s.w]);
    const low = Math.max(1, values.reduce((a, b) => Math.min(a, b)) / 1.4);
    const high = values.reduce((a, b) => Math.max(a, b)) * 1.4;
    const scale = (value, from, to) =>
        from + (to - from) * Math.log(value / low) / Math.log(high / low);
    const x = (value) => scale(value, LEFT, WIDTH - RIGHT);
    const y = (value) => scale(value, HEIGHT - BOTTOM, TOP);
    const root = svg('svg', {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label':
        `Words written against words required for ${points.length} texts, both logarithmic. ` +
        'The same numbers are in the list of samples.'});
    for (const tick of ticksOf(low, high)) {
      root.append(
          svg('line', {class: 'grid', x1: x(tick), x2: x(tick), y1: TOP, y2: HEIGHT - BOTTOM}),
          svg('line', {class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick)}),
          svg('text', {x: x(tick), y: HEIGHT - BOTTOM + 18, 'text-anchor': 'middle'}, count(tick)),
          svg('text', {x: LEFT - 8, y: y(tick) + 4, 'text-anchor': 'end'}, count(tick)));
    }
    root.append(
        svg('path', {class: 'axis', fill: 'none',
          d: `M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}`}),
        svg('line', {class: 'same', x1: x(low), y1: y(low), x2: x(high), y2: y(high)}),
        svg('text', {x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 10, 'text-anchor': 'middle'},
            'words required'),
        svg('text', {transform: `translate(15 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)`,
          'text-anchor': 'middle'}, 'words written'));
    for (const {s, i} of points) {
      const place = isSquare(s.m)
          ? {x: (x(s.q) - 4).toFixed(1), y: (y(s.w) - 4).toFixed(1), width: 8, height: 8}
          : {cx: x(s.q).toFixed(1), cy: y(s.w).toFixed(1), r: 4.5};
      const point = svg(isSquare(s.m) ? 'rect' : 'circle', {...place,
        class: `point ${color(s.m)}${s.t ? ' cut' : ''}`, 'data-sample': i, 'data-model': s.m});
      point.append(svg('title', {}, `${index.models[s.m]}\n${s.id}: ${count(s.w)} words, ` +
          `${count(s.q)} required${s.t ? ', truncated' : ''}`));
      root.append(point);
    }
    root.addEventListener('click', (event) => {
      const sample = event.target.getAttribute('data-sample');
      if (sample !== null) location.hash = 's' + sample;
    });
    const legend = el('div', {class: 'legend', role: 'group', 'aria-label': 'Models shown'});
    index.models.forEach((name, model) => {
      const button = el('button', {type: 'button', 'aria-pressed': 'true'},
          dot(model), el('span', {class: 'name'}, bdi(name)));
      button.addEventListener('click', () => {
        if (!hidden.delete(model)) hidden.add(model);
        button.setAttribute('aria-pressed', String(!hidden.has(model)));
        for (const point of root.querySelectorAll(`[data-model="${model}"]`)) {
          point.classList.toggle('off', hidden.has(model));
        }
      });
      legend.append(button);
    });
    place.append(legend, root);
    const left = samples.length - points.length;
    const notes = ['Dashed line: as many words as required.'];
    if (points.some(({s}) => s.t)) notes.push('Open marks: truncated texts.');
    if (left > 0) notes.push(`${count(left)} of ${count(samples.length)} are not in the plot: ` +
        'no words were written, or no length was required.');
    place.append(el('p', {class: 'note'}, notes.join(' ')));
  };

  // The sample browser.
  const filters = {suite: '', model: '', outcome: '', text: '', order: 'run'};
  let shown = [];
  let rowLimit = PAGE_ROWS;
  let current = -1;
  const list = el('div', {class: 'list', role: 'group', 'aria-label': 'Samples'});
  const reader = el('div', {class: 'reader', tabindex: '0', 'aria-label': 'Text and scores'},
      el('p', {class: 'empty'}, 'Choose a sample to read its text, its scores and its judge’s reply.'));
  const shownCount = el('span', {class: 'shown', 'aria-live': 'polite'});

  const matches = (s) =>
    (filters.suite === '' || s.s === Number(filters.suite)) &&
    (filters.model === '' || s.m === Number(filters.model)) &&
    (filters.outcome === '' ||
     (filters.outcome === 'loss' ? isLost(s)
      : filters.outcome === 'truncated' ? s.t
      : filters.outcome.startsWith('s:') ? s.x.includes(filters.outcome.slice(2))
      : s.o === filters.outcome.slice(2))) &&
    (filters.text === '' || `${s.id}\n${s.c}\n${s.l}`.toLowerCase().includes(filters.text));

  const ratio = (s) => s.q > 0 ? s.w / s.q : Infinity;
  const orders = {
    run: () => 0,
    short: (a, b) => ratio(samples[a]) - ratio(samples[b]),
    long: (a, b) => samples[b].w - samples[a].w,
  };
  index.figures.forEach((_, k) => {
    const key = (i) => samples[i].f[k] === null ? Infinity : samples[i].f[k];
    orders['f' + k] = (a, b) => key(a) === key(b) ? 0 : key(a) - key(b);
  });

  const rowOf = (i) => {
    const s = samples[i];
    const scores = s.f.map((value, k) => value === null ? ''
        : `${index.figures[k].name} ${figure(value)}`).filter((score) => score !== '');
    const states = [];
    if (s.bad) states.push(s.o);
    if (s.t) states.push('truncated');
    for (const loss of new Set(s.x)) states.push('scoring ' + loss);
    const row = el('button', {type: 'button', class: 'row', 'data-sample': i},
        el('span', {class: 'id'}, dot(s.m), bdi(s.id),
            s.r > 0 ? ` · repeat ${s.r}` : ''),
        el('span', {class: 'right'}, s.q > 0 ? `${count(s.w)} / ${count(s.q)}` : count(s.w)),
        el('span', {class: 'under'}, bdi(index.models[s.m]), s.c === '' ? '' : ' · ',
            s.c === '' ? '' : bdi(s.c), states.length === 0 ? '' : ' · ',
            states.length === 0 ? '' : el('em', null, states.join(', '))),
        el('span', {class: 'under all'}, scores.join(' · ')));
    if (i === current) row.setAttribute('aria-current', 'true');
    return row;
  };

  const fillList = () => {
    list.replaceChildren(...shown.slice(0, rowLimit).map(rowOf));
    if (shown.length === 0) list.append(el('p', {class: 'empty'}, 'No sample is like that.'));
    if (shown.length > rowLimit) {
      const more = el('button', {type: 'button', class: 'plain more'},
          `Show ${count(Math.min(PAGE_ROWS, shown.length - rowLimit))} more`);
      more.addEventListener('click', () => {
        const first = rowLimit;
        rowLimit += PAGE_ROWS;
        fillList();
        list.children[first].focus();
      });
      list.append(more);
    }
    shownCount.textContent = `${count(shown.length)} of ${count(samples.length)}`;
  };

  const applyFilters = () => {
    rowLimit = PAGE_ROWS;
    shown = samples.map((_, i) => i).filter((i) => matches(samples[i]));
    shown.sort((a, b) => orders[filters.order](a, b) || a - b);
    fillList();
    list.scrollTop = 0;
  };

  const choice = (name, label, options) => {
    const select = el('select', {'data-filter': name}, ...options.map(([value, text]) => el('option', {value}, text)));
    select.addEventListener('change', () => {
      filters[name] = select.value;
      applyFilters();
    });
    return el('label', null, label, select);
  };

  const filterBar = () => {
    const unique = (values) => [...new Set(values)];
    const search = el('input', {'data-filter': 'text', type: 'search', placeholder: 'id, category, language'});
    search.addEventListener('input', () => {
      filters.text = search.value.trim().toLowerCase();
      applyFilters();
    });
    const outcomes = [['', 'every outcome'], ['loss', 'any loss'], ['truncated', 'truncated'],
      ...unique(samples.map((s) => s.o)).map((o) => ['g:' + o, o]),
      ...unique(samples.flatMap((s) => s.x)).map((o) => ['s:' + o, 'scoring ' + o])];
    return el('div', {class: 'filters'},
        index.suites.length < 2 ? '' : choice('suite', 'Suite',
            [['', 'every suite'], ...index.suites.map((name, i) => [i, name])]),
        choice('model', 'Model', [['', 'every model'], ...index.models.map((name, i) => [i, name])]),
        choice('outcome', 'Outcome', outcomes),
        choice('order', 'Order', [['run', 'as run'], ['short', 'shortest for its length'],
          ['long', 'longest'],
          ...index.figures.map((f, k) => ['f' + k, `lowest ${f.scorer} ${f.name}`])]),
        el('label', null, 'Find', search), shownCount);
  };

  // One sample, opened.
  const chip = (text, warn) => el('span', {class: warn ? 'chip warn' : 'chip'}, bdi(text));
  const pre = (kind, text) => el('pre', {class: kind, dir: 'auto', tabindex: '0'}, text);
  const fold = (title, open, ...children) => {
    const node = el('details', null, el('summary', null, title), ...children);
    node.open = open;
    return node;
  };
  const seconds = (ms) => (ms / 1000).toFixed(ms < 10000 ? 2 : 1) + ' s';

  // What a finding says by its colour: good, part, bad, or nothing that is known.
  const toneOf = (finding) => {
    if (finding.unverified) return 'unknown';
    if (['supported', 'satisfied', 'covered'].includes(finding.label)) return 'good';
    if (['partly', 'not_found'].includes(finding.label)) return 'part';
    if (['contradicted', 'violated', 'uncovered'].includes(finding.label)) return 'bad';
    if (finding.label !== '') return 'unknown';
    return finding.severity >= 2 ? 'bad' : 'part';
  };

  // The text with the spans of findings marked; spans count UTF-8 bytes. A mark knows its finding.
  const markedText = (text, findings) => {
    const spans = findings.flatMap((finding) => finding.spans.map((span) => ({...span, finding})))
        .filter((span) => span.source === 'output' && span.begin < span.end)
        .sort((a, b) => a.begin - b.begin || a.end - b.end);
    const node = pre('prose', spans.length === 0 ? text : '');
    if (spans.length === 0) return node;
    const bytes = new TextEncoder().encode(text);
    const cut = (begin, end) => new TextDecoder().decode(bytes.subarray(begin, end));
    let at = 0;
    for (const span of spans) {
      const begin = Math.max(at, span.begin);
      if (begin >= span.end) continue;
      const mark = el('mark', {class: toneOf(span.finding), tabindex: '0',
        'data-finding': span.finding.number}, cut(begin, span.end));
      mark.title = [span.finding.kind, span.finding.label, span.finding.note]
          .filter((part) => part !== '').join(': ');
      node.append(cut(at, begin), mark);
      at = Math.min(bytes.length, span.end);
    }
    node.append(cut(at, bytes.length));
    return node;
  };

  const quoteOf = (text, span) => {
    if (text === undefined || span.source !== 'output') return '';
    const bytes = new TextEncoder().encode(text).subarray(span.begin, span.end);
    const quote = new TextDecoder().decode(bytes);
    return el('q', null, bdi(quote.length > 160 ? quote.slice(0, 160) + '…' : quote));
  };

  // One finding: what it is, what was concluded, its words in the text and the evidence beside them.
  const findingNode = (finding, text) => {
    const places = finding.spans.filter((span) => span.source === 'output');
    const evidence = finding.spans.filter((span) => span.text !== undefined);
    const node = el('li', {'data-of': finding.number},
        el('span', {class: 'tone ' + toneOf(finding)}, finding.label || finding.kind), ' ',
        finding.id === '' ? '' : el('code', null, bdi(finding.id)), ' ', bdi(finding.text),
        finding.unverified ? el('em', null, ' not verified: a quote does not stand in the text') : '',
        finding.note === '' || finding.note === finding.text ? ''
            : el('span', {class: 'why'}, ' ', bdi(finding.note)));
    for (const span of places) {
      const link = el('button', {type: 'button', class: 'place'}, quoteOf(text, span));
      link.addEventListener('click', () => showMark(finding.number));
      node.append(' ', link);
    }
    for (const span of evidence) {
      node.append(el('blockquote', null, el('b', null, bdi(span.source.replace('reference:', ''))),
          ' ', bdi(span.text.length > 600 ? span.text.slice(0, 600) + '…' : span.text)));
    }
    return node;
  };

  const flash = (nodes) => {
    for (const old of reader.querySelectorAll('.lit')) old.classList.remove('lit');
    for (const node of nodes) node.classList.add('lit');
    if (nodes.length > 0) nodes[0].scrollIntoView({block: 'center', behavior: 'smooth'});
  };
  const showMark = (number) => flash([...reader.querySelectorAll(`[data-finding="${number}"]`)]);
  const showFinding = (number) => {
    const item = reader.querySelector(`[data-of="${number}"]`);
    if (item === null) return;
    item.closest('details').open = true;
    flash([item]);
  };

  // A quantity along the text, from its beginning to its end.
  const seriesPlot = (series) => {
    const width = 560, height = 92, left = 30, bottom = 18;
    const most = series.points.reduce((a, point) => Math.max(a, point[1]), 100);
    const x = (position) => left + position * (width - left - 6);
    const y = (value) => 6 + (height - bottom - 6) * (1 - value / most);
    const root = svg('svg', {class: 'series', viewBox: `0 0 ${width} ${height}`, role: 'img',
      'aria-label': `${series.name} along the text, ${series.points.length} points: ` +
          series.points.map((point) => Math.round(point[1])).join(', ')});
    root.append(svg('line', {class: 'axis', x1: left, x2: width - 6, y1: y(0), y2: y(0)}),
        svg('text', {x: left - 4, y: y(most) + 8, 'text-anchor': 'end'}, String(Math.round(most))),
        svg('text', {x: left - 4, y: y(0), 'text-anchor': 'end'}, '0'),
        svg('text', {x: left, y: height - 4}, `${series.name}: beginning`),
        svg('text', {x: width - 6, y: height - 4, 'text-anchor': 'end'}, 'end'),
        svg('polyline', {fill: 'none', points: series.points.map((point) =>
          `${x(point[0]).toFixed(1)},${y(point[1]).toFixed(1)}`).join(' ')}));
    for (const [position, value, weight] of series.points) {
      const dot = svg('circle', {cx: x(position).toFixed(1), cy: y(value).toFixed(1), r: 3});
      dot.append(svg('title', {}, `${Math.round(position * 100)} % of the text: ${figure(value)}` +
          ` (weight ${figure(weight)})`));
      root.append(dot);
    }
    return root;
  };

  const scorerNode = (scorer, text) => {
    const made = [scorer.version, scorer.compat,
      scorer.judge === '' ? '' : `judge ${scorer.judge}`,
      scorer.judgeModel.length === 0 ? '' : `returned as ${scorer.judgeModel.join(', ')}`,
      scorer.calls > 0 ? `${scorer.calls} ${scorer.calls === 1 ? 'call' : 'calls'}` : '']
        .filter((part) => part !== '').join(' · ');
    const node = el('div', {class: 'scorer'}, el('div', {class: 'head'},
        el('span', {class: 'name'}, bdi(scorer.scorer)),
        scorer.outcome === 'scored' ? '' : chip(scorer.outcome, scorer.loss),
        ...scorer.flags.map((flag) => chip(flag, false)), el('span', {class: 'made'}, bdi(made))));
    if (scorer.reason !== '') node.append(el('p', {class: 'note'}, bdi(scorer.reason)));
    if (scorer.scores.length > 0) {
      node.append(el('div', {class: 'values'}, ...scorer.scores.map((score) =>
        el('span', null, el('span', null, bdi(score.name)), el('b', null, score.value)))));
    }
    for (const series of scorer.series) node.append(seriesPlot(series));
    if (scorer.findings.length > 0) {
      node.append(fold(`${count(scorer.findings.length)} findings`, scorer.findings.length <= 30,
          el('ul', {class: 'findings'}, ...scorer.findings.map((finding) => findingNode(finding, text)))));
    }
    for (const reply of scorer.replies) {
      const title = `Reply of ${reply.judge || 'the judge'}` +
          (reply.model === '' ? '' : ` (${reply.model})`) +
          (scorer.replies.length > 1 ? `, try ${reply.try + 1}` : '') +
          (reply.problem === '' ? '' : `: not used, ${reply.problem}`);
      node.append(fold(bdi(title), reply.problem !== '' || scorer.replies.length === 1,
          pre('raw', reply.text)));
      if (reply.reasoning !== '') node.append(fold('Its reasoning', false, pre('raw', reply.reasoning)));
    }
    return node;
  };

  const step = (by, label) => {
    const at = shown.indexOf(current);
    const button = el('button', {type: 'button', class: 'plain', 'aria-label': label},
        by < 0 ? '←' : '→');
    button.disabled = at < 0 || shown[at + by] === undefined;
    button.addEventListener('click', () => { location.hash = 's' + shown[at + by]; });
    return button;
  };

  const factsOf = (s, data) => {
    const facts = [];
    facts.push(s.q > 0 ? `${count(s.w)} words of ${count(s.q)} required` : `${count(s.w)} words`);
    if (data.finish !== '') facts.push(`ended with ${data.finish}`);
    facts.push(`${data.usage.estimated ? '≈' : ''}${count(data.usage.out)} tokens out, ` +
        `${count(data.usage.in)} in`);
    if (data.usage.reasoning > 0) facts.push(`${count(data.usage.reasoning)} of reasoning`);
    if (data.totalMs > 0) facts.push(seconds(data.totalMs));
    if (data.firstTokenMs > 0) facts.push(`first token after ${seconds(data.firstTokenMs)}`);
    if (data.reusedFrom !== '') facts.push(`reused from run ${data.reusedFrom}`);
    return facts.join(' · ');
  };

  const openSample = (i) => {
    const s = samples[i];
    const data = JSON.parse(document.getElementById('d' + i).textContent);
    current = i;
    for (const row of list.querySelectorAll('[aria-current]')) row.removeAttribute('aria-current');
    const row = list.querySelector(`[data-sample="${i}"]`);
    if (row !== null) {
      row.setAttribute('aria-current', 'true');
      row.scrollIntoView({block: 'nearest'});
    }
    data.scorers.flatMap((scorer) => scorer.findings).forEach((finding, k) => { finding.number = k; });
    const parts = [el('div', {class: 'top'},
        el('div', null, el('h3', null, bdi(s.id)),
            el('div', null, dot(s.m), bdi(index.models[s.m]),
                index.suites.length < 2 ? '' : ' · ',
                index.suites.length < 2 ? '' : bdi(index.suites[s.s]),
                s.r > 0 ? ` · repeat ${s.r}` : '')),
        el('div', {class: 'steps'}, step(-1, 'Previous sample'), step(1, 'Next sample'))),
    el('div', {class: 'chips'}, chip(s.o, s.bad), s.t ? chip('truncated', true) : '',
        ...data.flags.map((flag) => chip(flag, false)), s.c === '' ? '' : chip(s.c, false),
        s.l === '' ? '' : chip(s.l, false)),
    el('p', {class: 'note'}, bdi(factsOf(s, data)))];
    if (data.error) {
      parts.push(el('p', {class: 'warning'}, bdi([data.error.class, data.error.status > 0
          ? `HTTP ${data.error.status}` : '', data.error.endpoint, data.error.message]
          .filter((part) => part !== '').join(' · '))));
    }
    if (data.scorers.length > 0) {
      parts.push(el('h4', null, 'Scores'), ...data.scorers.map((c) => scorerNode(c, data.text)));
    }
    if (data.asked !== undefined) {
      parts.push(el('h4', null, 'Task'), fold('What was asked', false, pre('prose', data.asked)));
    }
    parts.push(el('h4', null, 'Text'));
    if (data.text !== undefined) {
      parts.push(markedText(data.text, data.scorers.flatMap((scorer) => scorer.findings)));
    } else {
      parts.push(el('p', {class: 'note'}, bdi(data.textError === undefined ? 'There is no text.'
          : 'The text cannot be read: ' + data.textError)));
    }
    const digest = data.digest === '' ? '' : `${data.digest}${data.file === '' ? '' : ' · ' + data.file}`;
    if (digest !== '') parts.push(el('p', {class: 'note'}, el('code', null, bdi(digest))));
    reader.replaceChildren(...parts.filter((part) => part !== ''));
    reader.scrollTop = 0;
  };

  const openFromHash = () => {
    const found = /^#s(\d+)$/.exec(location.hash);
    if (found === null || samples[Number(found[1])] === undefined) return;
    const i = Number(found[1]);
    if (!shown.includes(i)) {
      for (const field of document.querySelectorAll('[data-filter]')) {
        const name = field.getAttribute('data-filter');
        if (name !== 'order') field.value = filters[name] = '';
      }
      applyFilters();
    }
    const at = shown.indexOf(i);
    if (at >= rowLimit) {
      rowLimit = at + PAGE_ROWS;
      fillList();
    }
    openSample(i);
    // Where the panes stand one above the other, the text is what was asked for.
    const stacked = reader.offsetTop >= list.offsetTop + list.offsetHeight;
    (stacked ? reader : document.getElementById('browser'))
        .scrollIntoView({block: stacked ? 'start' : 'nearest'});
  };

  list.addEventListener('click', (event) => {
    const row = event.target.closest('.row');
    if (row !== null) location.hash = 's' + row.getAttribute('data-sample');
  });
  list.addEventListener('keydown', (event) => {
    const by = {ArrowDown: 1, ArrowUp: -1}[event.key];
    const row = event.target.closest('.row');
    if (by === undefined || row === null) return;
    const next = by > 0 ? row.nextElementSibling : row.previousElementSibling;
    if (next !== null) next.focus();
    event.preventDefault();
  });
  reader.addEventListener('click', (event) => {
    const mark = event.target.closest('[data-finding]');
    if (mark !== null) showFinding(mark.getAttribute('data-finding'));
  });
  reader.addEventListener('keydown', (event) => {
    const mark = event.target.closest('[data-finding]');
    if (mark !== null && event.key === 'Enter') showFinding(mark.getAttribute('data-finding'));
  });
  window.addEventListener('hashchange', openFromHash);

  drawPlot();
  document.getElementById('browser').append(filterBar(), el('div', {class: 'panes'}, list, reader));
  applyFilters();
  openFromHash();
})();
