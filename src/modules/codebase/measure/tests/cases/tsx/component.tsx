export const List = ({ items, empty = 0 }: Props): JSX.Element => {
    if (!items) return <p>none</p>;
    return <ul>{items.map((item) => item.ok && <li key={item.id}>{item.name}</li>)}</ul>;
};
