interface Props { title: string }
export const Card: React.FC<Props> = ({ title }) => <Panel<Props> header={title}><Text>{title}</Text></Panel>;
export function Page(props: Props): JSX.Element { return <Card {...props} />; }
