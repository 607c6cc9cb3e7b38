/** A table of cells that are HTML already; columns after the first are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], caption = ''): string {
  const line = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<div class="table"><table>${caption === '' ? '' : `<caption>${caption}</caption>`}
<thead>${line('th', head)}</thead>
<tbody>${rows.map((row) => line('td', row)).join('\n')}</tbody>
</table></div>`;
}
